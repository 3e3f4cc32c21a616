"""Somebody who has no mouse: keys are pressed, and nothing is clicked."""

from dataclasses import dataclass
from typing import Literal

from playwright.async_api import Locator, Page

Role = Literal["button", "checkbox", "combobox", "link", "radio", "searchbox", "textbox"]
MAX_STOPS = 150
# Whatever has the focus must be seen to have it (WCAG 2.2, 2.4.7) and lie in the window.
LOOK = """wanted => {
  const element = document.activeElement;
  if (element === wanted) return "here";
  if (!element || element === document.body) return "nowhere";
  const style = getComputedStyle(element);
  const box = element.getBoundingClientRect();
  const isOutlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
  const isSeen = isOutlined && box.width > 0 && box.bottom > 0 && box.top < innerHeight;
  return isSeen ? "elsewhere" : `no visible focus: ${element.outerHTML.slice(0, 120)}`;
}"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyboard:
    """The keys of somebody in front of a page."""

    page: Page

    async def press(self, *keys: str) -> None:
        """Press keys one after the other."""
        for key in keys:
            await self.page.keyboard.press(key)

    async def reach(self, role: Role, name: str, *, within: str = "body") -> Locator:
        """Press Tab until something has the focus; it must be seen at every stop."""
        wanted = self.page.locator(within).get_by_role(role, name=name).first
        await wanted.wait_for(state="attached")
        return await self._reach(wanted, f"{role} “{name}”")

    async def reach_summary(self, text: str) -> Locator:
        """Press Tab until the summary of a part that unfolds has the focus."""
        wanted = self.page.locator("summary").filter(has_text=text).first
        return await self._reach(wanted, f"summary “{text}”")

    async def _reach(self, wanted: Locator, what: str) -> Locator:
        element = await wanted.element_handle()
        for _ in range(MAX_STOPS):
            where = await self.page.evaluate(LOOK, element)
            if where == "here":
                return wanted
            assert where in {"elsewhere", "nowhere"}, where
            await self.page.keyboard.press("Tab")
        raise AssertionError(f"no way by keyboard to the {what} on {self.page.url}")

    async def follow(self, name: str, *, within: str = "body") -> None:
        """Follow a link."""
        await self.reach("link", name, within=within)
        await self._go("Enter")

    async def push(self, name: str, *, within: str = "body") -> None:
        """Push a button that leads to another page."""
        await self.reach("button", name, within=within)
        await self._go("Enter")

    async def write(self, name: str, text: str, *, within: str = "body") -> None:
        """Write into a field, in the place of what stands there."""
        await self.reach("textbox", name, within=within)
        await self.press("Control+a")
        await self.page.keyboard.insert_text(text)

    async def write_secret(self, label: str, text: str) -> None:
        """Write into a password's field, which has no role."""
        field = self.page.get_by_label(label, exact=True).first
        await self._reach(field, f"field “{label}”")
        await self.page.keyboard.insert_text(text)

    async def choose(self, name: str, *, within: str = "body") -> None:
        """Choose one of several round buttons: Tab leads to the group, arrows to its members."""
        wanted = self.page.locator(within).get_by_role("radio", name=name, exact=True).first
        group = await wanted.get_attribute("name")
        members = wanted.locator("xpath=ancestor::form").locator(f"input[name='{group}']")
        first = members.and_(self.page.locator(":checked"))
        await self._reach(first if await first.count() else members.first, f"group of “{name}”")
        await self.press("Space")
        for _ in range(await members.count()):
            if await wanted.is_checked():
                return
            await self.press("ArrowDown")
        raise AssertionError(f"the arrows do not lead to “{name}”")

    async def tick(self, name: str, *, within: str = "body") -> None:
        """Tick a box."""
        box = await self.reach("checkbox", name, within=within)
        if not await box.is_checked():
            await self.press("Space")
        assert await box.is_checked()

    async def _go(self, key: str) -> None:
        async with self.page.expect_navigation():
            await self.press(key)
