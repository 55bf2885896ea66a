from tests.console.conftest import text


async def test_a_page(world):
    browser = await world.browser("viewer")
    answer = await browser.get("/")
    assert answer.status_code == 200, answer.text
    assert "Olga" in text(answer)
