// Drives the sandbox with Twilio's own helper library, and checks with it what the sandbox signs.
// Run by crates/sandbox/tests/it/clients.rs.
//
//   node twilio.mjs BASE_URL ACCOUNT_SID AUTH_TOKEN

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { once } from "node:events";
import twilio from "twilio";

const [base, accountSid, authToken] = process.argv.slice(2);
const from = "+12135550199";
const to = "+12135550123";

/** The library knows Twilio's addresses only: its requests are led to the sandbox. */
class Led extends twilio.RequestClient {
  request(options) {
    return super.request({ ...options, uri: options.uri.replace("https://api.twilio.com", base) });
  }
}
const client = (token = authToken) => twilio(accountSid, token, { httpClient: new Led() });

async function refusal(call) {
  try {
    await call();
  } catch (error) {
    return [error.status, error.code];
  }
  return assert.fail("it was not refused");
}

const received = [];
let heard;
const server = createServer((request, response) => {
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () => {
    const fields = Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString()));
    const url = `http://127.0.0.1:${server.address().port}${request.url}`;
    const signature = request.headers["x-twilio-signature"];
    received.push({ fields, url, signature });
    response.setHeader("content-type", "text/xml");
    const { MessagingResponse } = twilio.twiml;
    response.end(request.url.startsWith("/sms") ? new MessagingResponse().message("Heard").toString() : "");
    heard?.();
  });
}).listen(0, "127.0.0.1");
await once(server, "listening");
const address = (path) => `http://127.0.0.1:${server.address().port}${path}`;
const until = async (is) => {
  while (!received.some(is)) await new Promise((resolve) => (heard = resolve));
};

const steps = {
  async "a text is sent, read and listed"() {
    const sent = await client().messages.create({ from, to, body: "Hello", statusCallback: address("/status?id=1&x=a%20b") });
    assert.match(sent.sid, /^SM[0-9a-f]{32}$/);
    assert.ok(["queued", "accepted"].includes(sent.status));
    assert.ok(sent.dateCreated instanceof Date);
    assert.equal((await client().messages(sent.sid).fetch()).body, "Hello");
    const listed = await client().messages.list({ to, from, limit: 5 });
    assert.deepEqual(listed.map((text) => text.sid), [sent.sid]);
  },

  async "its status callbacks are signed as the library expects"() {
    await until(({ fields }) => fields.MessageStatus === "delivered");
    for (const { url, fields, signature } of received) {
      assert.ok(twilio.validateRequest(authToken, signature, url, fields), JSON.stringify(fields));
      assert.ok(!twilio.validateRequest("another token", signature, url, fields));
    }
  },

  async "a text from a phone is posted, signed, and answered by TwiML"() {
    const body = JSON.stringify({ from: to, to: from, body: "Where is it? ✓" });
    const headers = { "content-type": "application/json" };
    await fetch(`${base}/_sandbox/twilio/webhook`, { method: "POST", headers, body: JSON.stringify({ url: address("/sms") }) });
    const answer = await fetch(`${base}/_sandbox/twilio/inbound`, { method: "POST", headers, body });
    assert.ok(answer.ok);
    const { url, fields, signature } = received.find(({ url }) => url.endsWith("/sms"));
    assert.ok(twilio.validateRequest(authToken, signature, url, fields));
    assert.equal(fields.Body, "Where is it? ✓");
    const replies = await client().messages.list({ to, limit: 20 });
    assert.ok(replies.some((text) => text.body === "Heard"));
  },

  async "what Twilio refuses is refused in its words"() {
    const create = (change, token) => () => client(token).messages.create({ from, to, body: "Hello", ...change });
    assert.deepEqual(await refusal(create({ to: "12" })), [400, 21211]);
    assert.deepEqual(await refusal(create({ body: "" })), [400, 21602]);
    assert.deepEqual(await refusal(create({ body: "x".repeat(1601) })), [400, 21617]);
    assert.deepEqual(await refusal(create({}, "wrong")), [401, 20003]);
    assert.deepEqual(await refusal(() => client().messages(`SM${"0".repeat(32)}`).fetch()), [404, 20404]);
  },
};

for (const [name, step] of Object.entries(steps)) {
  console.log(name);
  await step();
}
server.close();
server.closeAllConnections();
