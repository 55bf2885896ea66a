"""Starting and ending traces and metrics for a process."""

import asyncio
from threading import Thread

from opentelemetry import metrics, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF

from shared.settings import ProcessSettings
from shared.telemetry.logs import configure_logs
from shared.telemetry.tracing import trace_events

#: A batch of events ends thousands of spans at once.
MAX_WAITING_SPANS = 20_000
#: A collector that does not answer holds the end of a process no longer than this.
LAST_SPANS_SECONDS = 3.0


def start_telemetry(settings: ProcessSettings, *, service: str, process: str) -> None:
    """Metrics to be read at /metrics; traces to the collector named in the settings, if any; logs to stderr."""
    configure_logs(service=service, process=process, level=settings.log_level)
    resource = Resource.create({SERVICE_NAME: f"{service}-{process}"})
    metrics.set_meter_provider(MeterProvider([PrometheusMetricReader()], resource=resource))
    trace.set_tracer_provider(_tracer_provider(settings.otel_exporter_otlp_endpoint, resource))


def _tracer_provider(endpoint: str, resource: Resource) -> TracerProvider:
    if not endpoint:  # requests have ids to follow them by, and nothing is recorded
        return TracerProvider(ALWAYS_OFF, resource)
    exporter = OTLPSpanExporter(endpoint.rstrip("/") + "/v1/traces")
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(exporter, max_queue_size=MAX_WAITING_SPANS))
    trace_events(provider.get_tracer("lernverbund.events"))
    return provider


async def end_telemetry() -> None:
    """Send the spans that are left. A process that ends by a signal would not do it by itself."""
    provider = trace.get_tracer_provider()
    if isinstance(provider, TracerProvider):
        sending = Thread(target=provider.shutdown, daemon=True)
        sending.start()
        await asyncio.to_thread(sending.join, LAST_SPANS_SECONDS)
