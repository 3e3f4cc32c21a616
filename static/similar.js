// The page works without this: it only shows while somebody writes what "Preview" would show.
(() => {
  "use strict";
  const PAUSE = 600;
  const SHORTEST = 8;
  const form = document.querySelector("form[data-similar]");
  const place = document.getElementById("similar");
  if (!form || !place) return;
  const { title, text } = form.elements;
  let timer = 0;
  let asked = "";
  let asking = null;

  const show = async () => {
    const words = new URLSearchParams({
      title: title.value.trim().slice(0, 200),
      text: text.value.trim().slice(0, 1000),
    }).toString();
    if (title.value.trim().length < SHORTEST || words === asked) return;
    asked = words;
    asking?.abort();
    asking = new AbortController();
    try {
      const answer = await fetch(`${form.dataset.similar}?${words}`, {
        headers: { Accept: "text/html" },
        signal: asking.signal,
      });
      // From this server, which escapes what people wrote.
      if (answer.ok) place.innerHTML = await answer.text();
    } catch {
      // Nothing similar is shown while the line is down.
    }
  };

  for (const field of [title, text]) {
    field.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(show, PAUSE);
    });
  }
})();
