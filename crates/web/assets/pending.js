// Watches a booking that is being confirmed or moved, and shows the page anew when it is settled.
// Reading changes nothing, so asking often does no harm; it asks less and less often all the same.

const longest = 15_000;
const patience = 10 * 60_000;
const begun = performance.now();
let pause = 1_500;

function standing(page) {
  const { status, revision } = page.getElementById("standing")?.dataset ?? {};
  return `${status} ${revision}`;
}

async function look() {
  try {
    const answer = await fetch(location.href, { headers: { accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (answer.ok && standing(page) !== standing(document) && !isWriting()) return settle(page);
  } catch {
    // Offline for a moment: the next look may succeed.
  }
  pause = Math.min(pause * 1.5, longest);
  if (performance.now() - begun < patience) setTimeout(look, pause);
}

// Whoever is about to cancel must not have the form taken from under their hands.
function isWriting() {
  return document.querySelector("details[open] form") !== null;
}

function settle(page) {
  const [old, fresh] = [document, page].map((side) => side.getElementById("main"));
  old.replaceChildren(...fresh.childNodes);
  document.title = page.title;
  document.getElementById("announce").textContent = old.querySelector("h1")?.textContent ?? "";
}

setTimeout(look, pause);
