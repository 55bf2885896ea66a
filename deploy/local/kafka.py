"""Apache Kafka, one KRaft node: SCRAM users, rights on, nobody anonymous."""

import base64
import socket
import subprocess
import uuid
from pathlib import Path
from typing import Final

from deploy.local.component import Program, Say, StartError
from deploy.local.download import exclusive, fetch, pinned
from deploy.local.java import JAVA
from deploy.local.layout import CACHE, Layout, write_private
from deploy.local.passwords import Passwords
from deploy.local.ports import HOST, Ports
from deploy.names import SERVICES
from deploy.topics import TENANT_ACCESS, load_contracts, prepare_broker

JARS: Final = CACHE / "kafka-4.3.1"
HEAP: Final = ("-Xms128m", "-Xmx384m", "-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20")

LOGGING: Final = """\
Configuration:
  Appenders: {Console: {name: STDOUT, PatternLayout: {pattern: "%d{ISO8601} %p %c{1} %m%n"}}}
  Loggers:
    Root: {level: WARN, AppenderRef: {ref: STDOUT}}
    Logger: [{name: kafka.server.KafkaRaftServer, level: INFO}]
"""

PROPERTIES: Final = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{host}:{controller_port}
controller.listener.names=CONTROLLER
listeners=SASL://{host}:{port},CONTROLLER://{host}:{controller_port}
advertised.listeners=SASL://{host}:{port}
inter.broker.listener.name=SASL
listener.security.protocol.map=SASL:SASL_PLAINTEXT,CONTROLLER:SASL_PLAINTEXT
sasl.enabled.mechanisms=SCRAM-SHA-512
sasl.mechanism.inter.broker.protocol=SCRAM-SHA-512
sasl.mechanism.controller.protocol=PLAIN
listener.name.sasl.scram-sha-512.sasl.jaas.config={scram} username="admin" password="{password}";
listener.name.controller.sasl.enabled.mechanisms=PLAIN
listener.name.controller.plain.sasl.jaas.config={plain} username="admin" password="{password}" \
user_admin="{password}";
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:admin
allow.everyone.if.no.acl.found=false
auto.create.topics.enable=false
log.dirs={data}
default.replication.factor=1
min.insync.replicas=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=8
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=4
group.initial.rebalance.delay.ms=0
log.cleaner.dedupe.buffer.size=16777216
log.segment.bytes=134217728
"""


class Kafka:
    """The event broker."""

    name = "kafka"
    needs: tuple[str, ...] = ()
    ports = ("kafka", "kafka_controller")

    def __init__(self, layout: Layout, ports: Ports, passwords: Passwords) -> None:
        self._folder = layout.root / "kafka"
        self._port, self._controller_port = ports["kafka"], ports["kafka_controller"]
        self._passwords = passwords

    @property
    def address(self) -> str:
        return f"{HOST}:{self._port}"

    @property
    def program(self) -> Program:
        return Program(
            command=(*self._java(*HEAP), "kafka.Kafka", str(self._properties)),
            environment={"LANG": "C.UTF-8"},
            directory=self._folder,
            stop_seconds=30,
        )

    def prepare(self, say: Say) -> None:
        with exclusive(CACHE):
            fetch(pinned("jar"), JARS, say)
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / "log4j2.yaml").write_text(LOGGING)
        self._write_properties()
        if not (self._data / "meta.properties").exists():
            say("formatting the log folder")
            self._format()

    def ready(self) -> bool:
        try:
            socket.create_connection((HOST, self._port), timeout=1).close()
        except OSError:
            return False
        return True

    def configure(self) -> None:
        prepare_broker(
            self.address,
            self._admin_password,
            {user: self._passwords[f"kafka_{user}"] for user in (*SERVICES, TENANT_ACCESS)},
            load_contracts(SERVICES),
        )

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    @property
    def _properties(self) -> Path:
        return self._folder / "server.properties"

    @property
    def _admin_password(self) -> str:
        return self._passwords["kafka_admin"]

    def _java(self, *options: str) -> tuple[str, ...]:
        logging = f"-Dlog4j2.configurationFile={self._folder / 'log4j2.yaml'}"
        return (str(JAVA), *options, logging, "-cp", f"{JARS}/*")

    def _write_properties(self) -> None:
        security = "org.apache.kafka.common.security"
        text = PROPERTIES.format(
            host=HOST,
            port=self._port,
            controller_port=self._controller_port,
            data=self._data,
            password=self._admin_password,
            scram=f"{security}.scram.ScramLoginModule required",
            plain=f"{security}.plain.PlainLoginModule required",
        )
        write_private(self._properties, text)

    def _format(self) -> None:
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        admin = f"SCRAM-SHA-512=[name=admin,password={self._admin_password}]"
        done = subprocess.run(
            (
                *self._java("-Xmx128m", "-XX:TieredStopAtLevel=1"),
                *(
                    "kafka.tools.StorageTool",
                    "format",
                    "--cluster-id",
                    f"A{cluster[1:]}",
                ),
                *("--config", str(self._properties), "--add-scram", admin),
            ),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise StartError(f"Kafka could not format its log folder: {done.stdout[-500:]}")
