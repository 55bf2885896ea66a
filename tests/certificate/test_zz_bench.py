import time
from uuid import uuid4
from sqlalchemy import text
from tests.certificate.builders import *
from services.certificate.application.create_issuers import create_issuers
from services.certificate.application.issue_credentials import issue_credentials
from services.certificate.application.learn_people import learn_people
from services.certificate.application.record_awards import record_awards
from tests.certificate.conftest import *
from tests.conftest import *
async def test_speed(units):
    t, p = uuid4(), uuid4()
    async with units([t]) as w:
        await create_issuers(w, [activated(t)], NOW); await learn_people(w, [described(p, tenant_id=t)])
    for fill in (0, 60000):
        if fill:
            async with units([t]) as w:
                await w.connection.execute(text("""INSERT INTO award SELECT tenant_id, gen_random_uuid(), gen_random_uuid(), person_id, achievement, provider_id, provider_name, completed_at, correlation_id, causation_id, traceparent, 'pending', NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0 FROM (SELECT * FROM award LIMIT 1) a, generate_series(1, 60000)"""))
                await w.connection.execute(text("INSERT INTO credential SELECT tenant_id, award_id, award_id, 'x' FROM award WHERE state='pending'"))
                await w.connection.execute(text("UPDATE award SET state='issued', credential_id=award_id, key_id='key-1', list_id=1, status_index=n, issued_at=now(), version=1 FROM (SELECT award_id AS id, 131071 - row_number() OVER () AS n FROM award WHERE state='pending') x WHERE id=award_id AND NOT EXISTS (SELECT FROM award o WHERE o.status_index = n)"))
                await w.connection.execute(text("UPDATE award SET completed_at = now() + interval '1 year' WHERE state='pending'"))
        for _ in range(3):
            s=time.perf_counter()
            async with units([t]) as w:
                await record_awards(w, [completed(tenant_id=t, person_id=p) for _ in range(50)])
                n=await issue_credentials(w, NOW, 50)
            print(fill, n, round(time.perf_counter()-s,3))
