// Shows the times in the browser's zone, once, when nobody has chosen one: the address then says
// `tz`, so the page that comes back never asks again, whatever the server made of it.

const flow = document.getElementById("flow");
const address = new URL(location.href);
const detected = Intl.DateTimeFormat().resolvedOptions().timeZone;

const undecided = flow?.dataset.detect === "yes" && !address.searchParams.has("tz");
if (undecided && detected && detected !== flow.dataset.zone) {
  address.searchParams.set("tz", detected);
  location.replace(address);
}
