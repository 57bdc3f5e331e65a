# Everything here makes its own environment first: Python 3.11 or later and a network.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready
PEERS := benchmarks/peers/target/peers.jar

# Else each of the hundreds of processes that tests start compiles all that it imports.
unexport PYTHONDONTWRITEBYTECODE

run: $(READY) ## start Kafka, router and Wlz stream, send sample berichten, show where each went
	@$(BIN)/ibroker demo run tests/berichten/verkeer.toml tests/berichten/eerder.toml --wlz tests/berichten/wlz.toml

up: $(READY) ## start Kafka, its topics, router and Wlz stream, and leave them running
	@$(BIN)/ibroker demo up

down: $(READY) ## stop what `make up` started; the data stay
	@$(BIN)/ibroker demo down

validate: $(READY) ## judge the sample berichten, good and bad, without any broker
	@$(BIN)/ibroker validate tests/berichten --format table || test $$? -eq 1
	@echo "Zo hoort het: in goed/ is alles geldig, in fout/ is met opzet niets geldig."

test: $(READY) ## run all tests
	$(BIN)/pytest -n auto --dist loadfile --no-loadscope-reorder

lint: $(READY) ## check style, format and types
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

faults: $(READY) ## real processes under random faults, half an hour: nothing lost or doubled
	FAULTS_MESSAGES=$(or $(MESSAGES),50000) $(BIN)/pytest tests/faults tests/kafka tests/cli tests/simulatie -m faults -s --timeout=3600

soak: $(READY) ## an hour of traffic, a fault every few seconds; writes benchmarks/soak.json
	SOAK_SECONDS=$(or $(SECONDS),3600) SOAK_JSON=benchmarks/soak.json $(BIN)/pytest tests/faults/test_soak.py -m soak -s --seed=$(or $(SEED),1)

bench-core: $(READY) ## what a verdict costs beside parsing and XSD; writes benchmarks/core.json
	$(BIN)/python benchmarks/core.py $(wildcard ../shared/reference/voorbeelden) --json benchmarks/core.json

bench-route: $(READY) $(PEERS) ## the router beside the bare loop and Kafka Streams; writes benchmarks/route.json
	$(BIN)/python benchmarks/route.py --json benchmarks/route.json

bench-peers: $(READY) $(PEERS) ## ibroker beside Kafka Streams, Camel and Faust; writes benchmarks/peers.json
	$(BIN)/python benchmarks/peers.py $(if $(MESSAGES),--messages $(MESSAGES)) --json benchmarks/peers.json

bench-scaling: $(READY) ## ibroker with more processes, partitions, gemeenten, bytes, brokers; writes benchmarks/scaling.json
	$(BIN)/python benchmarks/scaling.py $(if $(MESSAGES),--messages $(MESSAGES)) --json benchmarks/scaling.json

bench-year: $(READY) ## a year like 2020 through the whole chain, SCALE= of it; writes benchmarks/year.json
	$(BIN)/python benchmarks/year.py $(if $(SCALE),--scale $(SCALE)) --json benchmarks/year.json

flames: $(READY) ## where the chain spends its time, as flame graphs in docs/pictures; writes benchmarks/flames.json
	$(BIN)/python benchmarks/flames.py $(if $(SCALE),--scale $(SCALE)) --pictures docs/pictures --json benchmarks/flames.json

bench-wlz: $(READY) ## the join of the Wlz stream and what is kept for it; writes benchmarks/wlz.json
	$(BIN)/python benchmarks/wlz.py --json benchmarks/wlz.json

bench-watch: $(READY) ## the watch on 1,000,000 events (EVENTS=), and begun anew; writes benchmarks/watch.json
	$(BIN)/python benchmarks/watch.py $(EVENTS:%=--events %) --json benchmarks/watch.json

bench-simulate: $(READY) ## how fast simulated berichten are written; writes benchmarks/simulate.json
	$(BIN)/python benchmarks/simulate.py --json benchmarks/simulate.json

operator-day: $(READY) ## what goes wrong on a day and which alert says so, 40 minutes; redraws docs/pictures
	PYTHONPATH=. $(BIN)/python benchmarks/operator_day.py --json benchmarks/operator_day.json --pictures docs/pictures
	$(BIN)/python -m docs.day

dashboards: $(READY) ## make the dashboards of Grafana from deploy/grafana/panels.toml
	$(BIN)/python -m docs.dashboards

pictures: $(READY) ## draw the dashboards in docs/pictures, of the Prometheus of `make up`
	$(BIN)/python -m docs.pictures

docs: $(READY) ## make the site in build/docs; a broken link is an error
	$(BIN)/python -m sphinx -qW --keep-going -d build/doctrees docs build/docs
	@echo build/docs/index.html

figures: $(READY) ## write figures and tables anew in README.md and the other texts
	$(BIN)/python -m docs.marks

fuzz: $(READY) ## mangle 200,000 berichten, some minutes: every verdict must be right
	$(BIN)/pytest -m fuzz -s --mutants=200000 --hypothesis-profile=fuzz --timeout=3600

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(PEERS): benchmarks/peers/pom.xml $(wildcard benchmarks/peers/src/main/java/nl/ibroker/peers/*.java)
	mvn -q -f benchmarks/peers/pom.xml clean package

# The lock decides every version; uv itself stands in it too.
$(READY): pyproject.toml uv.lock
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check 'uv>=0.13,<0.14'
	VIRTUAL_ENV= UV_PROJECT_ENVIRONMENT=.venv $(BIN)/uv sync --frozen --all-extras --quiet
	touch $@

.PHONY: $(shell sed -nE 's/^([a-z-]+):.*##.*/\1/p' $(firstword $(MAKEFILE_LIST)))
