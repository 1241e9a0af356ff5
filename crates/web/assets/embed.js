// Puts a booking page into another site:
//   <div data-doorstep="service-slug"></div>
//   <script src="https://book.agency.example/embed.js" async></script>
// Optional: data-title names the frame for screen readers, data-zone fixes the time zone, data-lang
// the language, data-link is the token of a link to a service that is found only with one.
(() => {
  "use strict";
  const script = document.currentScript;
  if (!script) return;
  const origin = new URL(script.src).origin;
  const smallest = 320;
  const tallest = 6000;
  const frames = new Map();

  function open(place) {
    if (place.querySelector("iframe")) return;
    const address = new URL(`/book/${encodeURIComponent(place.dataset.doorstep)}`, origin);
    address.searchParams.set("embed", "1");
    if (place.dataset.lang) address.searchParams.set("lang", place.dataset.lang);
    if (place.dataset.zone) address.searchParams.set("tz", place.dataset.zone);
    if (place.dataset.link) address.searchParams.set("link", place.dataset.link);
    const frame = document.createElement("iframe");
    frame.src = address.href;
    frame.title = place.dataset.title || "Book a time";
    frame.loading = "lazy";
    Object.assign(frame.style, { width: "100%", height: "720px", border: "0" });
    place.append(frame);
    frames.set(frame.contentWindow, frame);
  }

  addEventListener("message", (event) => {
    const frame = frames.get(event.source);
    if (!frame || event.origin !== origin || event.data?.type !== "doorstep:height") return;
    const height = Number(event.data.height);
    if (Number.isFinite(height)) {
      frame.style.height = `${Math.min(Math.max(height, smallest), tallest)}px`;
    }
  });

  function openAll() {
    document.querySelectorAll("[data-doorstep]").forEach(open);
  }

  if (document.readyState === "loading") addEventListener("DOMContentLoaded", openAll);
  else openAll();
})();
