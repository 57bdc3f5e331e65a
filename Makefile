# Everything here makes its own environment first: Python 3.11 or later and a network.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready
PEERS := benchmarks/peers/target/peers.jar

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
	$(BIN)/pytest

lint: $(READY) ## check style, format and types
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

faults: $(READY) ## real processes under random faults, half an hour: nothing lost or doubled
	FAULTS_MESSAGES=$(or $(MESSAGES),50000) $(BIN)/pytest tests/faults tests/kafka tests/cli tests/simulatie -m faults -s --timeout=3600

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

bench-wlz: $(READY) ## the join of the Wlz stream and what is kept for it; writes benchmarks/wlz.json
	$(BIN)/python benchmarks/wlz.py --json benchmarks/wlz.json

bench-simulate: $(READY) ## how fast simulated berichten are written; writes benchmarks/simulate.json
	$(BIN)/python benchmarks/simulate.py --json benchmarks/simulate.json

dashboards: $(READY) ## make the dashboards of Grafana from deploy/grafana/panels.toml
	$(BIN)/python -m docs.dashboards

pictures: $(READY) ## draw the dashboards in docs/pictures, of the Prometheus of `make up`
	$(BIN)/python -m docs.pictures

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

.PHONY: run up down validate test lint faults bench-core bench-route bench-peers bench-scaling bench-year bench-wlz bench-simulate dashboards pictures fuzz help
