"""Reading Kubernetes' objects, and making the few that the console sends."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from services.console.application.deployments import Autoscaled, Replica, Role

NAME, COMPONENT = "app.kubernetes.io/name", "app.kubernetes.io/component"
#: Every process says this of itself at /v1/operations/status.
RELEASE_VARIABLE: Final = "RELEASE_COMMIT"
MOST_REPLICAS: Final = 20
_DIGEST: Final = "sha256:"
_USER: Final = 10_001

Object = Mapping[str, Any]


def release_of(image: str) -> str:
    """An image's digest, or its tag where it has none: `registry/lernverbund@sha256:…`."""
    repository, at, digest = image.partition("@")
    if at:
        return digest
    name, _, tag = repository.rpartition(":")
    return tag if name and "/" not in tag else "latest"


def with_release(image: str, release: str) -> str:
    """The same image of another release: where images come from is not the console's to say."""
    repository = image.partition("@")[0]
    name, _, tag = repository.rpartition(":")
    repository = name if name and "/" not in tag else repository
    return f"{repository}{'@' if release.startswith(_DIGEST) else ':'}{release}"


def image_of(spec: Object) -> str:
    """Of a pod's first container."""
    return str(spec["containers"][0]["image"])


def is_in_place(deployment: Object, release: str) -> bool:
    """Whether all its pods are of the release, ready, and alone."""
    status, wanted = deployment.get("status", {}), deployment["spec"].get("replicas", 1)
    is_seen = status.get("observedGeneration", 0) >= deployment["metadata"]["generation"]
    numbers = {status.get(each, 0) for each in ("replicas", "updatedReplicas", "availableReplicas")}
    image = image_of(deployment["spec"]["template"]["spec"])
    return is_seen and numbers == {wanted} and release_of(image) == release


def role_of(deployment: Object, pods: list[Object], scalers: list[Object]) -> Role:
    """A Deployment with its pods, and what else scales it."""
    labels, name = deployment["metadata"]["labels"], deployment["metadata"]["name"]
    own = [each for each in pods if _is_of(each, labels) and each["status"]["phase"] == "Running"]
    scaler = next(
        (each["spec"] for each in scalers if each["spec"]["scaleTargetRef"]["name"] == name), None
    )
    return Role(
        service=labels[NAME],
        role=labels[COMPONENT],
        release=release_of(image_of(deployment["spec"]["template"]["spec"])),
        wanted=deployment["spec"].get("replicas", 1),
        most=MOST_REPLICAS,
        replicas=tuple(
            Replica(each["metadata"]["name"], release_of(image_of(each["spec"])), _is_ready(each))
            for each in own
        ),
        autoscaled=scaler and Autoscaled(scaler.get("minReplicas", 1), scaler["maxReplicas"]),
    )


def release_patch(role: str, image: str, release: str) -> Object:
    """Another image for a Deployment, whose processes then say which release they are."""
    variable = {"name": RELEASE_VARIABLE, "value": release}
    return _template({"spec": {"containers": [{"name": role, "image": image, "env": [variable]}]}})


def restart_patch(now: datetime) -> Object:
    """As `kubectl rollout restart` does it."""
    restarted = {"kubectl.kubernetes.io/restartedAt": now.isoformat()}
    return _template({"metadata": {"annotations": restarted}})


def configuration_of(spec: Object) -> str:
    """The name of the ConfigMap that a pod's variables come from; kustomize adds a hash to it."""
    sources = spec["containers"][0]["envFrom"]
    return str(next(each["configMapRef"]["name"] for each in sources if "configMapRef" in each))


def migration_job(name: str, service: str, image: str, configuration: str) -> Object:
    """The same Job as in k8s/base, for another image."""
    labels = {NAME: service, COMPONENT: "migrate", "app.kubernetes.io/part-of": "lernverbund"}
    container = {
        "name": "migrate",
        "image": image,
        "command": ["python", "-m", f"services.{service}", "migrate"],
        "envFrom": [
            {"configMapRef": {"name": configuration}},
            {"secretRef": {"name": f"{service}-owner"}},
        ],
        "resources": {
            "requests": {"cpu": "100m", "memory": "128Mi"},
            "limits": {"memory": "512Mi"},
        },
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}],  # noqa: S108  # in its own pod
    }
    pod = {
        "restartPolicy": "OnFailure",
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": _USER,
            "runAsGroup": _USER,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [container],
        "volumes": [{"name": "tmp", "emptyDir": {"sizeLimit": "64Mi"}}],
    }
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name, "labels": labels},
        "spec": {
            "backoffLimit": 3,
            "activeDeadlineSeconds": 900,
            "ttlSecondsAfterFinished": 86_400,
            "template": {"metadata": {"labels": labels}, "spec": pod},
        },
    }


def _template(change: Object) -> Object:
    return {"spec": {"template": change}}


def _is_of(pod: Object, labels: Object) -> bool:
    own = pod["metadata"].get("labels", {})
    return all(own.get(each) == labels[each] for each in (NAME, COMPONENT))


def _is_ready(pod: Object) -> bool:
    conditions = {each["type"]: each["status"] for each in pod["status"].get("conditions", ())}
    return conditions.get("Ready") == "True"
