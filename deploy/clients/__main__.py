"""`make clients`: the subscribers of `clients/`, ready to run."""

from deploy.clients.programs import check_typescript, prepare

prepare(print)
check_typescript()
