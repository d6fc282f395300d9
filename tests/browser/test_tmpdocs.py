import pytest
from tests.browser.inside import PHONE, WIDE, opened
from tests.browser.seeing import faults, sideways
from tests.factories import make_world
pytestmark=[pytest.mark.django_db]
@pytest.mark.parametrize("size",[WIDE,PHONE])
def test_docs(browser,size):
    w=make_world()
    with opened(browser,size) as window:
        window.client.force_login(w.office)
        window.page.goto("/api/docs/")
        window.page.wait_for_selector(".opblock", timeout=60000)
        f=faults(window.page)
        import collections
        print(len(f), collections.Counter(x.split(":")[0] for x in f))
        seen=set()
        for x in f:
            k=x.split(":")[0]
            if k not in seen or len([1 for s in seen if s==k])<3:
                print(x)
            seen.add(k)
        print(sideways(window.page), window.take())
        window.page.screenshot(path=f"/tmp/keep/docs-{size[0]}.png")
