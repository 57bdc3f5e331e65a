"""The jars of Kafka: fetched once with Maven, then found in the user's cache."""

import hashlib
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from ibroker.broker.record import locked
from ibroker.errors import ConfigError

__all__ = ["deploy_folder", "fetch_jars", "find_java", "version_of"]

_FETCH_TIME = 600  # seconds; some 45 MB from Maven Central
_CLIENTS = re.compile(r"kafka-clients-(\d[\w.-]*)\.jar")


def deploy_folder() -> Path:
    """`deploy/kafka` inside the installed package, or beside it in a checkout.

    Raises ConfigError where it is in neither.
    """
    package = Path(__file__).parents[1]
    for folder in (package / "deploy" / "kafka", package.parent / "deploy" / "kafka"):
        if (folder / "pom.xml").is_file():
            return folder
    raise ConfigError(f"de map deploy/kafka ontbreekt bij {package}")


def find_java() -> str:
    """The java of the PATH. Raises ConfigError that names the package to install."""
    return _find("java", "openjdk-17-jre-headless")


def fetch_jars(cache: Path | None = None) -> Path:
    """Give the folder with the jars of Kafka; Maven fetches them the first time.

    The folder is named for the hash of the pom, so that another version of Kafka gets
    another folder, and it appears at once with all that is in it. `cache` is where
    such folders stand, `~/.cache/ibroker` where it is None. Who asks while another
    fetches waits for that: Maven's own folder is for one at a time.

    Raises ConfigError where Maven is missing or cannot fetch them.
    """
    cache = cache or Path.home() / ".cache" / "ibroker"
    pom = deploy_folder() / "pom.xml"
    digest = hashlib.sha256(pom.read_bytes()).hexdigest()[:16]
    jars = cache / f"kafka-{digest}"
    if jars.is_dir():
        return jars
    find_java()  # Maven itself needs it, and says so less clearly
    maven = _find("mvn", "maven")
    with locked(cache):
        if not jars.is_dir():
            try:
                _fetch(maven, pom, jars)
            except OSError as error:
                raise ConfigError(f"{cache}: {error.strerror}") from error
    return jars


def version_of(jars: Path) -> str:
    """The version of Kafka in a folder of jars, `?` where it is not to be seen."""
    found = (_CLIENTS.fullmatch(path.name) for path in jars.glob("kafka-clients-*"))
    return next((match[1] for match in found if match), "?")


def _find(program: str, package: str) -> str:
    path = shutil.which(program)
    if path is None:
        raise ConfigError(
            f"{program} ontbreekt; installeer het Debian-pakket {package}"
            f" (apt-get install {package})"
        )
    return path


def _fetch(maven: str, pom: Path, jars: Path) -> None:
    cache = jars.parent
    with tempfile.TemporaryDirectory(dir=cache, prefix="fetching-") as work:
        fetched = Path(work) / "jars"
        _run_maven(maven, pom, fetched, cache / "maven.log")
        fetched.rename(jars)


def _run_maven(maven: str, pom: Path, into: Path, log: Path) -> None:
    """Copy the jars of the pom to a folder; what Maven says goes to `log`."""
    command = [
        maven,
        "--batch-mode",
        "--no-transfer-progress",
        "--strict-checksums",
        f"--file={pom}",
        "dependency:copy-dependencies",
        f"-DoutputDirectory={into}",
    ]
    with log.open("wb") as output:
        try:
            done = subprocess.run(  # noqa: S603 - the command is our own
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                timeout=_FETCH_TIME,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise ConfigError(
                f"Maven was na {_FETCH_TIME} seconden nog niet klaar: zie {log}"
            ) from error
    if done.returncode != 0:
        raise ConfigError(f"Maven kan Kafka niet ophalen: zie {log}")
