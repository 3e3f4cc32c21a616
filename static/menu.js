// A menu works without this: it only closes when the reader turns elsewhere, or presses Escape.
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
})();
