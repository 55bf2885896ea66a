"""The console's deployments on a real API server, as the account and with the rights of k8s/base."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
import pytest_asyncio

from deploy.names import SERVICES
from deploy.release import REPOSITORY, describe
from services.console.adapters.kubernetes import BOOK, KubernetesDeployments
from services.console.adapters.kubernetes_api import STRATEGIC, KubernetesApi
from services.console.adapters.kubernetes_objects import (
    migration_job,
    release_of,
    release_patch,
    with_release,
)
from services.console.application.change_deployments import ChangeDeployments
from services.console.application.deployments import DeploymentsError, StaleBookError
from services.console.application.roll_out import Driver
from services.console.domain.operator import OPERATOR, Operator
from services.console.domain.rollout import Migrating, Phase, Rollout, RolloutError, Rules
from services.console.domain.rollout_book import Book
from services.console.domain.status import Status
from shared.clock import utc_now
from tests.console.statuses import process, status, window
from tests.kubernetes.api_server import api_server, is_built
from tests.kubernetes.cluster import APPS, NAMESPACE, Cluster
from tests.support.waiting import until

pytestmark = pytest.mark.skipif(
    not is_built(), reason="kube-apiserver is not built: `make kubernetes` does that once"
)

OLD, NEW, BAD = (f"sha256:{letter * 64}" for letter in "abc")
IMAGE: Final = "registry.example.org/lernverbund"
OLGA: Final = Operator("1", "Olga", frozenset({OPERATOR}))
RULES: Final = Rules(soak=timedelta(seconds=1), measure_every=timedelta(seconds=0.3))


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with api_server(tmp_path_factory.mktemp("kubernetes")) as server:
        made = Cluster(server)
        about = {"app.kubernetes.io/part-of": "lernverbund"}, {"lernverbund.example/image": IMAGE}
        labels, annotations = about
        namespace = {"metadata": {"name": NAMESPACE, "labels": labels, "annotations": annotations}}
        made.create("/api/v1/namespaces", namespace)
        made.apply("console-rights.yaml")
        _offer_releases(made)
        made.wait_for_the_policy()
        yield made
        made.admin.close()


def _offer_releases(cluster: Cluster) -> None:
    described = {name: describe(REPOSITORY, name, "for a test") for name in (OLD, NEW, BAD)}
    data = {f"release-{place}": json.dumps(each) for place, each in enumerate(described.values())}
    body = {"metadata": {"name": "releases"}, "data": data}
    cluster.create(f"/api/v1/namespaces/{NAMESPACE}/configmaps", body)


@pytest.fixture
def voucher(cluster: Cluster) -> Iterator[Cluster]:
    """Its Deployments as in k8s/base, with release OLD in place."""
    labels = {"app.kubernetes.io/part-of": "lernverbund"}
    cluster.apply("voucher.yaml")
    for name in ("voucher-api", "voucher-worker"):
        container = cluster.deployment(name)["spec"]["template"]["spec"]["containers"][0]
        container["image"] = f"{IMAGE}@{OLD}"
        spec = {"template": {"spec": {"containers": [container]}}}
        cluster.patch(f"{APPS}/{name}", {"metadata": {"labels": labels}, "spec": spec})
        cluster.settle(name)
    yield cluster
    for name in ("voucher-api", "voucher-worker"):
        cluster.admin.delete(f"{APPS}/{name}")


@pytest_asyncio.fixture(loop_scope="session")
async def api(cluster: Cluster, tmp_path: Path) -> AsyncIterator[KubernetesApi]:
    """As the account of the console's pod."""
    path = f"/api/v1/namespaces/{NAMESPACE}/serviceaccounts/console/token"
    token = cluster.create(path, {"spec": {"expirationSeconds": 3600}})["status"]["token"]
    (tmp_path / "token").write_text(token)
    (tmp_path / "ca.crt").write_bytes(cluster.server.certificate.read_bytes())
    made = KubernetesApi(cluster.server.address, tmp_path, NAMESPACE)
    yield made
    await made.aclose()


@pytest.fixture
def deployments(api: KubernetesApi) -> KubernetesDeployments:
    return KubernetesDeployments(api, SERVICES, utc_now)


def _status(release: str, *, failed: int = 0) -> Status:
    windows = (window(10, {}, failed), window(60, {}))
    both = tuple(process(kind, commit=release, windows=windows) for kind in ("api", "worker"))
    return status(processes=both)


async def _rolled_out(
    cluster: Cluster, deployments: KubernetesDeployments, release: str, told: Status
) -> Rollout:
    """Drive a rollout to its end, playing the controllers' part."""
    acts = ChangeDeployments(deployments, utc_now)
    await acts.begin("voucher", release, "A test", OLGA)
    driver = Driver(deployments, lambda _: told, RULES, utc_now, "console-1")

    async def step() -> Rollout:
        await driver.tick("voucher")
        for name in ("voucher-api", "voucher-worker"):
            cluster.settle(name)
        found = (await deployments.read("voucher")).book.current
        assert found
        if found.phase is Phase.MIGRATE:
            _finish_migration(cluster, f"voucher-migrate-{found.rollout_id[:8]}")
        return found

    return await until(step, lambda seen: not seen.is_open or seen.phase is Phase.PAUSED)


def _finish_migration(cluster: Cluster, name: str) -> None:
    path = f"/apis/batch/v1/namespaces/{NAMESPACE}/jobs/{name}"
    if not cluster.admin.get(path).is_success:
        return
    now = utc_now().isoformat()
    ended = [
        {"type": kind, "status": "True", "lastTransitionTime": now}
        for kind in ("SuccessCriteriaMet", "Complete")
    ]
    told = {"startTime": now, "completionTime": now, "conditions": ended}
    cluster.patch(f"{path}/status", {"status": told})


async def test_a_rollout_sets_both_images_and_is_kept_in_an_annotation(
    voucher: Cluster, deployments: KubernetesDeployments
) -> None:
    done = await _rolled_out(voucher, deployments, NEW, _status(NEW))
    assert done.phase is Phase.DONE, done.says
    for name in ("voucher-api", "voucher-worker"):
        container = voucher.deployment(name)["spec"]["template"]["spec"]["containers"][0]
        assert container["image"] == f"{IMAGE}@{NEW}"
        assert {"name": "RELEASE_COMMIT", "value": NEW} in container["env"]
        assert {"name": "KAFKA_USERNAME", "value": "voucher"} in container["env"]
    kept = json.loads(voucher.deployment("voucher-api")["metadata"]["annotations"][BOOK])
    assert (kept["current"]["before"], kept["current"]["after"]) == (OLD, NEW)
    [role, _] = await deployments.roles()
    assert (role.service, role.release, role.wanted) == ("voucher", NEW, 2)


async def test_a_release_that_fails_is_rolled_back_to_its_digest(
    voucher: Cluster, deployments: KubernetesDeployments
) -> None:
    back = await _rolled_out(voucher, deployments, BAD, _status(BAD, failed=60))
    assert back.phase is Phase.ROLLED_BACK, back.says
    assert "% fail" in str(back.says)
    for name in ("voucher-api", "voucher-worker"):
        pod = voucher.deployment(name)["spec"]["template"]["spec"]
        assert pod["containers"][0]["image"] == f"{IMAGE}@{OLD}"
    book = (await deployments.read("voucher")).book
    assert book.rejection(BAD) is not None


async def test_it_is_in_place_only_when_every_pod_is_new_and_ready(
    voucher: Cluster, deployments: KubernetesDeployments
) -> None:
    assert not await deployments.bring("voucher", NEW)
    assert not await deployments.bring("voucher", NEW), "nothing has been started yet"
    voucher.settle("voucher-api")
    voucher.settle("voucher-worker", ready=False)
    assert not await deployments.bring("voucher", NEW)
    voucher.settle("voucher-worker")
    assert await deployments.bring("voucher", NEW)


async def test_a_migration_is_a_job_of_the_new_image(
    voucher: Cluster, deployments: KubernetesDeployments
) -> None:
    assert await deployments.migrate("voucher", NEW, "12345678-9") is Migrating.RUNNING
    job = voucher.admin.get(
        f"/apis/batch/v1/namespaces/{NAMESPACE}/jobs/voucher-migrate-12345678"
    ).json()
    pod = job["spec"]["template"]["spec"]
    assert pod["containers"][0]["image"] == f"{IMAGE}@{NEW}"
    assert pod["containers"][0]["envFrom"][1]["secretRef"]["name"] == "voucher-owner"
    _finish_migration(voucher, "voucher-migrate-12345678")
    assert await deployments.migrate("voucher", NEW, "12345678-9") is Migrating.DONE


async def test_of_two_who_write_or_drive_at_once_one_does(
    voucher: Cluster, deployments: KubernetesDeployments
) -> None:
    kept = await deployments.read("voucher")
    await deployments.write("voucher", Book(rejected=()), kept.mark)
    changed = kept.book.__class__(acts=())
    assert (await deployments.read("voucher")).book == changed
    with pytest.raises(StaleBookError):
        await deployments.write("voucher", changed, "another mark")
    now = utc_now()
    got = await asyncio.gather(
        *(deployments.lease("voucher", holder, now) for holder in ("one", "other"))
    )
    assert sorted(got) == [False, True]
    late = now + timedelta(seconds=60)
    assert await deployments.lease("voucher", "third", late), "who drove is gone"


async def test_restart_and_scale(voucher: Cluster, deployments: KubernetesDeployments) -> None:
    acts = ChangeDeployments(deployments, utc_now)
    await acts.restart("voucher", "worker", "It is stuck", OLGA)
    await acts.scale("voucher", "worker", 3, "Much to do", OLGA)
    found = voucher.deployment("voucher-worker")
    assert found["spec"]["replicas"] == 3
    annotations = found["spec"]["template"]["metadata"]["annotations"]
    assert "kubectl.kubernetes.io/restartedAt" in annotations
    scaler = {
        "metadata": {"name": "voucher-worker"},
        "spec": {
            "scaleTargetRef": {
                "apiVersion": "apps/v1",
                "kind": "Deployment",
                "name": "voucher-worker",
            },
            "minReplicas": 2,
            "maxReplicas": 6,
        },
    }
    path = f"/apis/autoscaling/v2/namespaces/{NAMESPACE}/horizontalpodautoscalers"
    voucher.create(path, scaler)
    with pytest.raises(RolloutError, match="between 2 and 6"):
        await acts.scale("voucher", "worker", 5, "More", OLGA)
    voucher.admin.delete(f"{path}/voucher-worker")


REFUSED: Final[dict[str, tuple[str, str, Any]]] = {
    "read a secret": ("GET", "/api/v1/namespaces/lernverbund/secrets/voucher-owner", None),
    "list secrets": ("GET", "/api/v1/namespaces/lernverbund/secrets", None),
    "read another config map": ("GET", "/api/v1/namespaces/lernverbund/configmaps/platform", None),
    "delete a deployment": ("DELETE", f"{APPS}/voucher-api", None),
    "make a deployment": ("POST", APPS, {"metadata": {"name": "x"}}),
    "patch another deployment": ("PATCH", f"{APPS}/keycloak", {"spec": {"replicas": 0}}),
    "make a pod": ("POST", "/api/v1/namespaces/lernverbund/pods", {"metadata": {"name": "x"}}),
    "look into another namespace": ("GET", "/apis/apps/v1/namespaces/default/deployments", None),
    "delete a job": ("DELETE", "/apis/batch/v1/namespaces/lernverbund/jobs/x", None),
    "give itself rights": (
        "PATCH",
        "/apis/rbac.authorization.k8s.io/v1/namespaces/lernverbund/roles/console-deployments",
        {"rules": []},
    ),
}


@pytest.mark.parametrize("wish", REFUSED)
async def test_what_the_console_may_not_do_is_refused(
    wish: str, voucher: Cluster, api: KubernetesApi
) -> None:
    method, path, body = REFUSED[wish]
    answer = await _as_console(api, method, path, body)
    assert answer.status_code == httpx.codes.FORBIDDEN, answer.text


CONTAINER: Final = ("spec", "template", "spec", "containers", 0)
JOBS_REFUSED: Final = {
    "another command": ((*CONTAINER, "command"), ["sh", "-c", "env"]),
    "another secret": ((*CONTAINER, "envFrom"), [{"secretRef": {"name": "certificate-owner"}}]),
    "a variable from a secret": (
        (*CONTAINER, "env"),
        [{"name": "X", "valueFrom": {"secretKeyRef": {"name": "member", "key": "X"}}}],
    ),
    "a secret's volume": (
        ("spec", "template", "spec", "volumes"),
        [{"name": "tmp", "secret": {"secretName": "member"}}],
    ),
    "an account": (("spec", "template", "spec", "automountServiceAccountToken"), True),
}


@pytest.mark.parametrize("change", JOBS_REFUSED)
async def test_a_job_that_is_no_migration_is_refused(
    change: str, voucher: Cluster, api: KubernetesApi
) -> None:
    job: Any = json.loads(
        json.dumps(migration_job("x", "voucher", f"{IMAGE}@{NEW}", "platform-abc"))
    )
    (*way, last), value = JOBS_REFUSED[change]
    place = job
    for each in way:
        place = place[each]
    place[last] = value
    with pytest.raises(DeploymentsError, match="migration"):
        await api.create("apis/batch/v1", "jobs", job)


PATCHES_REFUSED: Final[dict[str, dict[str, Any]]] = {
    "another command": {"command": ["sh"]},
    "another secret": {"envFrom": [{"secretRef": {"name": "member"}}]},
    "a variable": {"env": [{"name": "DATABASE_URL", "value": "postgresql://evil"}]},
    "more rights": {"securityContext": {"readOnlyRootFilesystem": False}},
    "a hook": {"lifecycle": {"postStart": {"exec": {"command": ["env"]}}}},
}


@pytest.mark.parametrize("change", PATCHES_REFUSED)
async def test_of_a_pod_only_the_release_is_changed(
    change: str, voucher: Cluster, api: KubernetesApi
) -> None:
    container = {"name": "api", **PATCHES_REFUSED[change]}
    body = {"spec": {"template": {"spec": {"containers": [container]}}}}
    with pytest.raises(DeploymentsError, match="nothing else of its pods"):
        await api.patch("apis/apps/v1", "deployments", "voucher-api", body, STRATEGIC)


@pytest.mark.parametrize("image", [f"evil.example.org/lernverbund@{NEW}", f"{IMAGE}:latest"])
async def test_images_come_from_where_the_namespace_says(
    image: str, voucher: Cluster, api: KubernetesApi
) -> None:
    change = release_patch("api", image, NEW)
    with pytest.raises(DeploymentsError, match="the image that the namespace names"):
        await api.patch("apis/apps/v1", "deployments", "voucher-api", change, STRATEGIC)
    job = migration_job("x", "voucher", image, "platform")
    with pytest.raises(DeploymentsError, match="the image that the namespace names"):
        await api.create("apis/batch/v1", "jobs", job)


async def _as_console(
    api: KubernetesApi, method: str, path: str, body: dict[str, Any] | None
) -> httpx.Response:
    headers = {"Authorization": f"Bearer {(api._account / 'token').read_text()}"}
    if method == "PATCH":
        headers["Content-Type"] = "application/merge-patch+json"
    return await api._client.request(method, path, json=body, headers=headers)


@pytest.mark.parametrize(
    ("image", "release", "other"),
    [
        (f"{IMAGE}@{OLD}", OLD, f"{IMAGE}@{NEW}"),
        ("lernverbund", "latest", f"lernverbund@{NEW}"),
        ("localhost:5000/lernverbund:1.2", "1.2", f"localhost:5000/lernverbund@{NEW}"),
    ],
)
def test_a_release_is_a_digest_or_a_tag(image: str, release: str, other: str) -> None:
    assert release_of(image) == release
    assert with_release(image, NEW) == other
