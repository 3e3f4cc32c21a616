// A link can be copied by hand without this: it shows a button that does it.
(() => {
  "use strict";
  if (!navigator.clipboard) return;
  for (const button of document.querySelectorAll("button[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      const field = document.getElementById(button.dataset.copy);
      const said = document.getElementById(button.getAttribute("aria-describedby"));
      field.select();
      try {
        await navigator.clipboard.writeText(field.value);
        said.textContent = button.dataset.done;
      } catch {
        said.textContent = "";
      }
    });
  }
})();
