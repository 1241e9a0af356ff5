"""Reads a mail from standard input with Python's own mail parser and icalendar, which know nothing
of us, and writes what they found as JSON."""

import json
import sys
from email import policy
from email.parser import BytesParser

from icalendar import Calendar


def main() -> None:
    mail = BytesParser(policy=policy.default).parsebytes(sys.stdin.buffer.read())
    parts = [part for part in mail.walk() if not part.is_multipart()]
    invitation = next(part for part in parts if part.get_content_type() == "text/calendar")
    attached = next(part for part in parts if part.get_content_disposition() == "attachment")
    text = invitation.get_payload(decode=True)
    calendar = Calendar.from_ical(text)
    (event,) = calendar.walk("VEVENT")
    json.dump(
        {
            "layout": [part.get_content_type() for part in mail.walk()],
            "method_parameter": invitation.get_param("method"),
            "method": str(calendar["METHOD"]),
            "same_file": attached.get_payload(decode=True) == text,
            "uid": str(event["UID"]),
            "sequence": int(event["SEQUENCE"]),
            "start": event.decoded("DTSTART").isoformat(),
            "end": event.decoded("DTEND").isoformat(),
            "stamp": event.decoded("DTSTAMP").isoformat(),
            "status": str(event["STATUS"]),
            "summary": str(event["SUMMARY"]),
            "location": str(event["LOCATION"]),
            "organizer": [str(event["ORGANIZER"]), event["ORGANIZER"].params["CN"]],
            "attendee": [str(event["ATTENDEE"]), event["ATTENDEE"].params["CN"]],
            "lines": max(len(line) for line in text.split(b"\r\n")),
            "faults": [str(fault) for fault in event.errors],
        },
        sys.stdout,
    )


main()
