// Changes month, day and slot without loading the whole page. Each step is a link that works by
// itself: when anything goes wrong here, the browser simply follows it.

const patience = 150; // Milliseconds before a wait is shown: a quick answer should not flicker.
let running;

document.addEventListener("click", (event) => {
  const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
  const link = event.target.closest?.("#flow a[data-step]");
  if (!link || !plain || event.defaultPrevented) return;
  event.preventDefault();
  show(new URL(link.href), true);
});

addEventListener("popstate", () => show(new URL(location.href), false));

async function show(address, isNew) {
  running?.abort();
  const mine = (running = new AbortController());
  const flow = document.getElementById("flow");
  const waiting = setTimeout(() => wait(flow), patience);
  try {
    const answer = await fetch(address, { signal: mine.signal, headers: { accept: "text/html" } });
    if (!answer.ok) throw new Error(`the page answered ${answer.status}`);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("flow");
    if (!fresh) throw new Error("the answer has no picker");
    flow.replaceWith(document.adoptNode(fresh));
    document.title = page.title;
    if (isNew) history.pushState(null, "", address);
    arrive(address.hash);
  } catch {
    if (!mine.signal.aborted) location.assign(address);
  } finally {
    clearTimeout(waiting);
  }
}

function wait(flow) {
  flow.setAttribute("aria-busy", "true");
  announce(flow.dataset.loading);
}

// Focus goes where the link's anchor would have led, so that keyboard and screen reader go on there.
function arrive(hash) {
  const target = hash.length > 1 && document.getElementById(hash.slice(1));
  if (!target) return announce(document.title);
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  target.focus({ preventScroll: true });
  if (hash !== "#days") target.scrollIntoView({ behavior: calm ? "auto" : "smooth", block: "nearest" });
  announce("");
}

function announce(words) {
  const status = document.getElementById("announce");
  if (status) status.textContent = words ?? "";
}
