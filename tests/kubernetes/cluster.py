"""A cluster of nothing but an API server, as its administrator sees it."""

import time
from typing import Any, Final

import yaml

from deploy.check_k8s import FOLDER
from services.console.adapters.kubernetes_objects import migration_job
from tests.kubernetes.api_server import ApiServer

NAMESPACE: Final = "lernverbund"
POLICY_SECONDS, POLL_SECONDS = 20.0, 0.1
APPS: Final = f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments"
KINDS: Final = {
    "ServiceAccount": "/api/v1/namespaces/{namespace}/serviceaccounts",
    "Role": "/apis/rbac.authorization.k8s.io/v1/namespaces/{namespace}/roles",
    "RoleBinding": "/apis/rbac.authorization.k8s.io/v1/namespaces/{namespace}/rolebindings",
    "ValidatingAdmissionPolicy": "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies",
    "ValidatingAdmissionPolicyBinding": (
        "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings"
    ),
    "Deployment": "/apis/apps/v1/namespaces/{namespace}/deployments",
}


class Cluster:
    """The administrator's view, who also does what Kubernetes' controllers do where there are nodes."""

    def __init__(self, server: ApiServer) -> None:
        self.server, self.admin = server, server.admin()

    def apply(self, file: str) -> None:
        for each in yaml.safe_load_all((FOLDER / "base" / file).read_text()):
            if each["kind"] in KINDS:
                self.create(KINDS[each["kind"]].format(namespace=NAMESPACE), each)

    def create(self, path: str, body: Any) -> Any:
        answer = self.admin.post(path, json=body)
        assert answer.is_success, answer.text
        return answer.json()

    def patch(self, path: str, body: Any) -> None:
        content = "application/merge-patch+json"
        answer = self.admin.patch(path, json=body, headers={"Content-Type": content})
        assert answer.is_success, answer.text

    def deployment(self, name: str) -> Any:
        return self.admin.get(f"{APPS}/{name}").json()

    def wait_for_the_policy(self) -> None:
        """It takes a moment until the API server holds a new one against what it is asked."""
        job = migration_job("x", "voucher", "evil@sha256:0", "platform")
        headers = {"Impersonate-User": f"system:serviceaccount:{NAMESPACE}:console"}
        headers["Impersonate-Group"] = "system:masters"
        path = f"/apis/batch/v1/namespaces/{NAMESPACE}/jobs?dryRun=All"
        deadline = time.monotonic() + POLICY_SECONDS
        while self.admin.post(path, json=job, headers=headers).is_success:
            assert time.monotonic() < deadline
            time.sleep(POLL_SECONDS)

    def settle(self, name: str, *, ready: bool = True) -> None:
        """As if all pods of the newest template run, and no other."""
        found = self.deployment(name)
        wanted = found["spec"]["replicas"]
        told = {
            "observedGeneration": found["metadata"]["generation"],
            "replicas": wanted,
            "updatedReplicas": wanted,
            "readyReplicas": wanted if ready else 0,
            "availableReplicas": wanted if ready else 0,
        }
        self.patch(f"{APPS}/{name}/status", {"status": told})
