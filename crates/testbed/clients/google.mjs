// Drives the sandbox with Google's own client library: what it cannot do with a real calendar it
// must not be able to do here, and the other way round. Run by crates/sandbox/tests/it/clients.rs.
//
//   node google.mjs BASE_URL EMAIL REFRESH_TOKEN CLIENT_ID CLIENT_SECRET

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { once } from "node:events";
import { auth, calendar } from "@googleapis/calendar";

const [base, email, refreshToken, clientId, clientSecret] = process.argv.slice(2);

const client = (refresh_token, secret = clientSecret) => {
  const oauth = new auth.OAuth2({
    clientId,
    clientSecret: secret,
    endpoints: {
      oauth2AuthBaseUrl: `${base}/o/oauth2/v2/auth`,
      oauth2TokenUrl: `${base}/token`,
      oauth2RevokeUrl: `${base}/revoke`,
    },
  });
  oauth.setCredentials({ refresh_token });
  return oauth;
};

const oauth = client(refreshToken);
const api = calendar({ version: "v3", auth: oauth, rootUrl: `${base}/`, retry: false });
const calendarId = "primary";

/** The status and the first reason of what Google's library throws. */
async function refusal(call) {
  try {
    await call();
  } catch (error) {
    const detail = error.response?.data?.error;
    const reason = typeof detail === "string" ? detail : detail?.errors?.[0]?.reason;
    return [error.response?.status ?? error.status, reason];
  }
  return assert.fail("it was not refused");
}

const at = (hour, minute = 0) => ({
  dateTime: `2026-12-01T${String(hour).padStart(2, "0")}:${String(minute).padStart(2, "0")}:00-08:00`,
  timeZone: "America/Los_Angeles",
});

const steps = {
  async "a token is fetched with the refresh token"() {
    const { token } = await oauth.getAccessToken();
    assert.ok(token);
  },

  async "an event is inserted under an id of ours, with everything we send"() {
    const { data, status } = await api.events.insert({
      calendarId,
      sendUpdates: "all",
      requestBody: {
        id: "0193a0000000700080000000000000010000",
        summary: "Viewing: Dana",
        location: "123 Main St",
        description: "Call 555-0100",
        start: at(10),
        end: at(10, 30),
        attendees: [{ email: "dana@example.com", displayName: "Dana" }],
        reminders: { useDefault: false, overrides: [{ method: "popup", minutes: 60 }] },
        extendedProperties: { private: { doorstep_booking: "bkg_1" } },
        guestsCanSeeOtherGuests: false,
      },
    });
    assert.equal(status, 200);
    assert.equal(data.kind, "calendar#event");
    assert.equal(data.status, "confirmed");
    assert.equal(data.organizer.email, email);
    assert.equal(data.attendees[0].responseStatus, "needsAction");
    assert.deepEqual(data.reminders, { useDefault: false, overrides: [{ method: "popup", minutes: 60 }] });
    assert.ok(data.iCalUID && data.htmlLink && data.etag && data.sequence === 0);
  },

  async "the same id is taken"() {
    const again = () =>
      api.events.insert({
        calendarId,
        requestBody: { id: "0193a0000000700080000000000000010000", start: at(10), end: at(10, 30) },
      });
    assert.deepEqual(await refusal(again), [409, "duplicate"]);
  },

  async "it is read back"() {
    const { data } = await api.events.get({ calendarId, eventId: "0193a0000000700080000000000000010000" });
    assert.equal(data.summary, "Viewing: Dana");
    assert.equal(Date.parse(data.start.dateTime), Date.parse(at(10).dateTime));
    assert.equal(data.start.timeZone, "America/Los_Angeles");
    assert.equal(data.extendedProperties.private.doorstep_booking, "bkg_1");
  },

  async "a patch changes only what it names, and honours If-Match"() {
    const eventId = "0193a0000000700080000000000000010000";
    const before = (await api.events.get({ calendarId, eventId })).data;
    const moved = await api.events.patch(
      { calendarId, eventId, sendUpdates: "all", requestBody: { start: at(11), end: at(11, 30) } },
      { headers: { "If-Match": before.etag } },
    );
    assert.equal(moved.data.summary, "Viewing: Dana");
    assert.equal(moved.data.sequence, 1);
    assert.notEqual(moved.data.etag, before.etag);
    const stale = () =>
      api.events.patch(
        { calendarId, eventId, requestBody: { summary: "Late" } },
        { headers: { "If-Match": before.etag } },
      );
    assert.deepEqual(await refusal(stale), [412, "conditionNotMet"]);
  },

  async "busy time is told, and what cannot be read is an error inside the answer"() {
    const { data } = await api.freebusy.query({
      requestBody: {
        timeMin: "2026-12-01T08:00:00Z",
        timeMax: "2026-12-02T08:00:00Z",
        items: [{ id: email }, { id: "nobody@example.com" }],
      },
    });
    assert.equal(data.kind, "calendar#freeBusy");
    assert.deepEqual(
      data.calendars[email].busy.map(({ start, end }) => [Date.parse(start), Date.parse(end)]),
      [[Date.parse(at(11).dateTime), Date.parse(at(11, 30).dateTime)]],
    );
    assert.equal(data.calendars["nobody@example.com"].errors[0].reason, "notFound");
  },

  async "events are listed in a range, by property, and page by page"() {
    for (const hour of [13, 14, 15]) {
      await api.events.insert({ calendarId, requestBody: { summary: `At ${hour}`, start: at(hour), end: at(hour, 30) } });
    }
    const ours = await api.events.list({ calendarId, privateExtendedProperty: ["doorstep_booking=bkg_1"] });
    assert.equal(ours.data.items.length, 1);
    const titles = [];
    let pageToken;
    do {
      const { data } = await api.events.list({
        calendarId,
        pageToken,
        maxResults: 2,
        singleEvents: true,
        orderBy: "startTime",
        timeMin: "2026-12-01T08:00:00Z",
        timeMax: "2026-12-02T08:00:00Z",
      });
      titles.push(...data.items.map((event) => event.summary));
      pageToken = data.nextPageToken;
      assert.ok(data.items.length <= 2);
    } while (pageToken);
    assert.deepEqual(titles, ["Viewing: Dana", "At 13", "At 14", "At 15"]);
  },

  async "changes are synchronised by token, deletions included"() {
    const first = await api.events.list({ calendarId, singleEvents: true });
    let { nextSyncToken: syncToken } = first.data;
    assert.ok(syncToken);
    const gone = first.data.items.find((event) => event.summary === "At 13").id;
    assert.equal((await api.events.delete({ calendarId, eventId: gone })).status, 204);
    const { data } = await api.events.list({ calendarId, singleEvents: true, syncToken });
    assert.deepEqual(data.items.map(({ id, status }) => [id, status]), [[gone, "cancelled"]]);
    assert.deepEqual(await refusal(() => api.events.delete({ calendarId, eventId: gone })), [410, "deleted"]);
    assert.equal((await api.events.get({ calendarId, eventId: gone })).data.status, "cancelled");
    await post("google/expire-sync-tokens", { calendar: email });
    const expired = () => api.events.list({ calendarId, singleEvents: true, syncToken: data.nextSyncToken });
    assert.deepEqual(await refusal(expired), [410, "fullSyncRequired"]);
  },

  async "a series is expanded"() {
    await api.events.insert({
      calendarId,
      requestBody: { summary: "Stand-up", start: at(9), end: at(9, 15), recurrence: ["RRULE:FREQ=DAILY;COUNT=3"] },
    });
    const { data } = await api.events.list({
      calendarId,
      q: undefined,
      singleEvents: true,
      timeMin: "2026-12-01T08:00:00Z",
      timeMax: "2026-12-08T08:00:00Z",
    });
    const days = data.items.filter((event) => event.summary === "Stand-up");
    assert.equal(days.length, 3);
    assert.ok(days.every((event) => event.recurringEventId));
  },

  async "a channel is watched, told of a change, and stopped"() {
    const pushes = [];
    let heard;
    const server = createServer((request, response) => {
      pushes.push(request.headers);
      response.end();
      heard?.();
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const told = async (count) => {
      while (pushes.length < count) await new Promise((resolve) => (heard = resolve));
    };
    const { data } = await api.events.watch({
      calendarId,
      requestBody: {
        id: "channel-1",
        type: "web_hook",
        token: "secret",
        address: `http://127.0.0.1:${server.address().port}/push`,
      },
    });
    assert.equal(data.kind, "api#channel");
    assert.ok(data.resourceId && Number(data.expiration) > 0);
    await told(1);
    await api.events.insert({ calendarId, requestBody: { start: at(16), end: at(17) } });
    await told(2);
    assert.deepEqual(pushes.slice(0, 2).map((push) => push["x-goog-resource-state"]), ["sync", "exists"]);
    assert.equal(pushes[1]["x-goog-channel-token"], "secret");
    assert.equal(pushes[1]["x-goog-resource-id"], data.resourceId);
    const { status } = await api.channels.stop({ requestBody: { id: "channel-1", resourceId: data.resourceId } });
    assert.equal(status, 204);
    server.close();
  },

  async "calendars are listed"() {
    const { data } = await api.calendarList.list();
    assert.deepEqual(data.items.map(({ id, primary, accessRole }) => [id, primary, accessRole]), [[email, true, "owner"]]);
    assert.equal((await api.calendars.get({ calendarId })).data.id, email);
  },

  async "what does not exist, and what is wrong, is refused in Google's words"() {
    assert.deepEqual(await refusal(() => api.events.get({ calendarId, eventId: "nosuchevent" })), [404, "notFound"]);
    assert.deepEqual(await refusal(() => api.events.list({ calendarId: "nobody@example.com" })), [404, "notFound"]);
    const backwards = () => api.events.insert({ calendarId, requestBody: { start: at(12), end: at(11) } });
    assert.deepEqual(await refusal(backwards), [400, "timeRangeEmpty"]);
    const badId = () => api.events.insert({ calendarId, requestBody: { id: "NOT-VALID", start: at(12), end: at(13) } });
    assert.deepEqual(await refusal(badId), [400, "invalid"]);
  },

  async "scripted errors reach the client as Google words them"() {
    for (const [status, reason] of [[403, "rateLimitExceeded"], [403, "quotaExceeded"], [429, "rateLimitExceeded"], [503, "backendError"]]) {
      await post("faults", { match: "GET */events", type: "error", count: 1, status, reason });
      assert.deepEqual(await refusal(() => api.events.list({ calendarId })), [status, reason]);
    }
  },

  async "a wrong client, a wrong token and a revoked grant are told apart"() {
    assert.deepEqual(await refusal(() => client(refreshToken, "wrong").getAccessToken()), [401, "invalid_client"]);
    assert.deepEqual(await refusal(() => client("1//unknown").getAccessToken()), [400, "invalid_grant"]);
    const stranger = new auth.OAuth2();
    stranger.setCredentials({ access_token: "ya29.unknown" });
    const theirs = calendar({ version: "v3", auth: stranger, rootUrl: `${base}/`, retry: false });
    assert.deepEqual(await refusal(() => theirs.events.list({ calendarId })), [401, "authError"]);
    await oauth.revokeToken(refreshToken);
    assert.deepEqual(await refusal(() => client(refreshToken).getAccessToken()), [400, "invalid_grant"]);
  },
};

async function post(path, body) {
  const headers = { "content-type": "application/json" };
  const response = await fetch(`${base}/_sandbox/${path}`, { method: "POST", headers, body: JSON.stringify(body) });
  assert.ok(response.ok, await response.text());
}

for (const [name, step] of Object.entries(steps)) {
  console.log(name);
  await step();
}
