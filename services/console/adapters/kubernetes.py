"""Deployments on Kubernetes: releases are digests, and the book is an annotation of the service's api."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from services.console.adapters.kubernetes_api import STRATEGIC, ConflictError, KubernetesApi
from services.console.adapters.kubernetes_objects import (
    COMPONENT,
    NAME,
    configuration_of,
    image_of,
    is_in_place,
    migration_job,
    release_of,
    release_patch,
    restart_patch,
    role_of,
    with_release,
)
from services.console.adapters.rollout_notes import read_book, read_release, write_book
from services.console.application.deployments import (
    ROLES,
    DeploymentsError,
    Kept,
    Role,
    StaleBookError,
)
from services.console.domain.release import Release
from services.console.domain.rollout import Migrating
from services.console.domain.rollout_book import Book
from services.console.domain.sentence import Sentence

APPS, BATCH, CORE, SCALING = "apis/apps/v1", "apis/batch/v1", "api/v1", "apis/autoscaling/v2"
#: Annotations of `<service>-api`.
BOOK: Final = "lernverbund.example/rollouts"
DRIVER: Final = "lernverbund.example/rollout-driver"
#: A ConfigMap: each value is what `python -m deploy.release` wrote for a build.
RELEASES: Final = "releases"
LEASE: Final = timedelta(seconds=15)
ATTEMPTS: Final = 5
_OURS: Final = "app.kubernetes.io/part-of=lernverbund"


class KubernetesDeployments:
    """The services' Deployments in one namespace."""

    def __init__(
        self, api: KubernetesApi, services: Sequence[str], clock: Callable[[], datetime]
    ) -> None:
        self._api, self._services, self._clock = api, services, clock

    async def roles(self) -> Sequence[Role]:
        """What runs, of every service."""
        deployments, pods, scalers = await asyncio.gather(
            self._api.all(APPS, "deployments", _OURS),
            self._api.all(CORE, "pods", _OURS),
            self._api.all(SCALING, "horizontalpodautoscalers"),
        )
        return [role_of(each, pods, scalers) for each in deployments if self._is_service(each)]

    async def releases(self) -> Mapping[str, Release]:
        """What the ConfigMap says that there is."""
        found = await self._api.find(CORE, "configmaps", RELEASES)
        told = map(read_release, (found or {}).get("data", {}).values())
        return {release.name: release for release in told}

    async def migrate(self, service: str, release: str, key: str) -> Migrating:
        """A Job a key."""
        name = f"{service}-migrate-{key[:8]}"
        job = await self._api.find(BATCH, "jobs", name)
        if job is None:
            pod = (await self._deployment(f"{service}-api"))["spec"]["template"]["spec"]
            image = with_release(image_of(pod), release)
            job = migration_job(name, service, image, configuration_of(pod))
            await self._api.create(BATCH, "jobs", job)
            return Migrating.RUNNING
        ended = {
            each["type"]
            for each in job.get("status", {}).get("conditions", ())
            if each["status"] == "True"
        }
        if "Complete" in ended:
            return Migrating.DONE
        return Migrating.FAILED if "Failed" in ended else Migrating.RUNNING

    async def bring(self, service: str, release: str) -> bool:
        """Set the image where it is not set; Kubernetes starts the new pods beside the old ones."""
        return all([await self._bring(f"{service}-{role}", role, release) for role in ROLES])

    async def read(self, service: str) -> Kept:
        """The service's book."""
        text = _annotations(await self._deployment(f"{service}-api")).get(BOOK, "{}")
        return Kept(read_book(text), _mark(text))

    async def write(self, service: str, book: Book, mark: str) -> None:
        """Keep the book, whatever else changes of the Deployment meanwhile. Raises StaleBookError."""
        for _ in range(ATTEMPTS):
            deployment = await self._deployment(f"{service}-api")
            if _mark(_annotations(deployment).get(BOOK, "{}")) != mark:
                raise StaleBookError
            try:
                await self._annotate(deployment, BOOK, write_book(book))
            except ConflictError:
                continue
            return
        raise StaleBookError

    async def lease(self, service: str, holder: str, now: datetime) -> bool:
        """Renewed when half of it is over; of two who ask at once one gets it."""
        deployment = await self._deployment(f"{service}-api")
        until, _, who = _annotations(deployment).get(DRIVER, "").partition(" ")
        left = datetime.fromisoformat(until) - now if until else timedelta(0)
        if left > timedelta(0) and who != holder:
            return False
        if left > LEASE / 2:
            return True
        try:
            await self._annotate(deployment, DRIVER, f"{(now + LEASE).isoformat()} {holder}")
        except ConflictError:
            return False
        return True

    async def restart(self, service: str, role: str) -> None:
        """New pods first, then the old ones go."""
        await self._api.patch(
            APPS, "deployments", f"{service}-{role}", restart_patch(self._clock())
        )

    async def scale(self, service: str, role: str, replicas: int) -> None:
        """Have a role run so many processes."""
        wanted = {"spec": {"replicas": replicas}}
        await self._api.patch(APPS, "deployments", f"{service}-{role}", wanted)

    async def aclose(self) -> None:
        """Close every connection."""
        await self._api.aclose()

    async def _bring(self, name: str, role: str, release: str) -> bool:
        deployment = await self._deployment(name)
        image = image_of(deployment["spec"]["template"]["spec"])
        if release_of(image) == release:
            return is_in_place(deployment, release)
        change = release_patch(role, with_release(image, release), release)
        await self._api.patch(APPS, "deployments", name, change, STRATEGIC)
        return False

    async def _deployment(self, name: str) -> Mapping[str, Any]:
        found = await self._api.find(APPS, "deployments", name)
        if found is None:
            raise DeploymentsError(Sentence("There is no Deployment %(name)s.", {"name": name}))
        return found

    async def _annotate(self, deployment: Mapping[str, Any], name: str, text: str) -> None:
        """Only if it still is as it was read."""
        version = deployment["metadata"]["resourceVersion"]
        change = {"metadata": {"resourceVersion": version, "annotations": {name: text}}}
        await self._api.patch(APPS, "deployments", deployment["metadata"]["name"], change)

    def _is_service(self, deployment: Mapping[str, Any]) -> bool:
        labels = deployment["metadata"]["labels"]
        return labels.get(NAME) in self._services and labels.get(COMPONENT) in ROLES


def _annotations(deployment: Mapping[str, Any]) -> Mapping[str, str]:
    found: Mapping[str, str] = deployment["metadata"].get("annotations", {})
    return found


def _mark(text: str) -> str:
    return sha256(text.encode()).hexdigest()
