"""Starting traces and metrics for a process."""

from opentelemetry import metrics, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from shared.settings import Settings
from shared.telemetry.logs import configure_logs


def start_telemetry(settings: Settings, *, service: str, process: str) -> None:
    """Metrics to be read at /metrics; traces to the collector named in the settings, if any; logs to stderr."""
    configure_logs(service=service, process=process, level=settings.log_level)
    resource = Resource.create({SERVICE_NAME: f"{service}-{process}"})
    metrics.set_meter_provider(MeterProvider([PrometheusMetricReader()], resource=resource))
    provider = TracerProvider(resource=resource)
    if settings.otel_exporter_otlp_endpoint:
        endpoint = settings.otel_exporter_otlp_endpoint.rstrip("/") + "/v1/traces"
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint)))
    trace.set_tracer_provider(provider)
