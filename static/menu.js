// Pages work without this: menus close when the reader turns elsewhere, and a change of language
// keeps what the address says beside it.
(() => {
  "use strict";
  const open = () => document.querySelectorAll("details.menu[open]");
  const closeOthers = (target) => {
    for (const menu of open()) if (!menu.contains(target)) menu.open = false;
  };
  document.addEventListener("click", (event) => closeOthers(event.target));
  document.addEventListener("focusin", (event) => closeOthers(event.target));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of open()) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
  for (const link of document.querySelectorAll(".languages a")) {
    const address = new URL(location.href);
    address.searchParams.delete("notice");
    address.searchParams.set("lang", link.lang);
    link.href = address;
  }
})();
