//! Questions and decisions as stored: JSON, read back strictly.

use domain::BookingId;
use domain::conversation::{Act, Offer, Question, When, Wish};
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

pub(super) fn question_to_text(question: &Question) -> String {
    let value = match question {
        Question::Which { wish, bookings } => {
            let bookings: Vec<String> = bookings.iter().map(ToString::to_string).collect();
            json!({ "which": bookings, "wish": wish_to_json(wish) })
        }
        Question::Times { booking, offers } => {
            let offers: Vec<Value> = offers.iter().map(offer_to_json).collect();
            json!({ "times": offers, "booking": booking.to_string() })
        }
        Question::Cancel { booking, revision } => {
            json!({ "cancel": booking.to_string(), "revision": revision })
        }
    };
    value.to_string()
}

pub(super) fn question_from_text(text: &str) -> Option<Question> {
    let value: Value = serde_json::from_str(text).ok()?;
    if let Some(bookings) = value.get("which") {
        let bookings = bookings.as_array()?.iter().map(booking_from_json).collect::<Option<_>>()?;
        return Some(Question::Which { wish: wish_from_json(value.get("wish")?)?, bookings });
    }
    if let Some(offers) = value.get("times") {
        let offers = offers.as_array()?.iter().map(offer_from_json).collect::<Option<_>>()?;
        return Some(Question::Times {
            booking: booking_from_json(value.get("booking")?)?,
            offers,
        });
    }
    let booking = booking_from_json(value.get("cancel")?)?;
    Some(Question::Cancel { booking, revision: value.get("revision")?.as_i64()? })
}

pub(crate) fn act_to_text(act: &Act) -> String {
    let value = match act {
        Act::Move { booking, to, others } => {
            let others: Vec<String> = others.iter().map(ToString::to_string).collect();
            json!({ "move": booking.to_string(), "to": offer_to_json(to), "others": others })
        }
        Act::Cancel { booking, revision } => {
            json!({ "cancel": booking.to_string(), "revision": revision })
        }
    };
    value.to_string()
}

pub(crate) fn act_from_text(text: &str) -> Option<Act> {
    let value: Value = serde_json::from_str(text).ok()?;
    if let Some(booking) = value.get("move") {
        let hold = |value: &Value| value.as_str()?.parse::<Uuid>().ok();
        let others = value.get("others")?.as_array()?.iter().map(hold).collect::<Option<_>>()?;
        let to = offer_from_json(value.get("to")?)?;
        return Some(Act::Move { booking: booking_from_json(booking)?, to, others });
    }
    let booking = booking_from_json(value.get("cancel")?)?;
    Some(Act::Cancel { booking, revision: value.get("revision")?.as_i64()? })
}

fn wish_to_json(wish: &Wish) -> Value {
    match wish {
        Wish::Confirm => json!("confirm"),
        Wish::Cancel => json!("cancel"),
        Wish::Move(None) => json!("move"),
        Wish::Move(Some(When { day, times })) => {
            let times: Vec<String> = times.iter().map(ToString::to_string).collect();
            json!({ "day": day.map(|day| day.to_string()), "times": times })
        }
    }
}

fn wish_from_json(value: &Value) -> Option<Wish> {
    match value.as_str() {
        Some("confirm") => return Some(Wish::Confirm),
        Some("cancel") => return Some(Wish::Cancel),
        Some("move") => return Some(Wish::Move(None)),
        Some(_) => return None,
        None => {}
    }
    let day = match value.get("day")?.as_str() {
        Some(day) => Some(day.parse().ok()?),
        None => None,
    };
    let time = |value: &Value| value.as_str()?.parse().ok();
    let times = value.get("times")?.as_array()?.iter().map(time).collect::<Option<_>>()?;
    Some(Wish::Move(Some(When { day, times })))
}

fn offer_to_json(offer: &Offer) -> Value {
    json!({
        "start": offer.start.as_microsecond(),
        "host": offer.host.as_str(),
        "hold": offer.hold.to_string(),
    })
}

fn offer_from_json(value: &Value) -> Option<Offer> {
    Some(Offer {
        start: Timestamp::from_microsecond(value.get("start")?.as_i64()?).ok()?,
        host: value.get("host")?.as_str()?.parse().ok()?,
        hold: value.get("hold")?.as_str()?.parse().ok()?,
    })
}

fn booking_from_json(value: &Value) -> Option<BookingId> {
    value.as_str()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offer() -> Offer {
        let hold = Uuid::from_u128(0x1234);
        let start = "2026-12-03T10:00:00Z".parse().expect("an instant");
        Offer { start, host: "ada".parse().expect("a slug"), hold }
    }

    fn booking() -> BookingId {
        BookingId::new(Uuid::from_u128(7))
    }

    #[test]
    fn every_question_is_read_back() {
        let when = When {
            day: "2026-12-04".parse().ok(),
            times: vec!["15:00".parse().expect("a time"), "03:00".parse().expect("a time")],
        };
        let timeless = When { day: None, times: vec![] };
        let wishes = [
            Wish::Confirm,
            Wish::Cancel,
            Wish::Move(None),
            Wish::Move(Some(when)),
            Wish::Move(Some(timeless)),
        ];
        let which = wishes.map(|wish| Question::Which { wish, bookings: vec![booking()] });
        let others = [
            Question::Times { booking: booking(), offers: vec![offer(), offer()] },
            Question::Cancel { booking: booking(), revision: 3 },
        ];

        for question in which.into_iter().chain(others) {
            let text = question_to_text(&question);
            assert_eq!(question_from_text(&text), Some(question), "{text}");
        }
        assert_eq!(question_from_text("{}"), None);
    }

    #[test]
    fn every_decision_is_read_back() {
        for act in [
            Act::Move { booking: booking(), to: offer(), others: vec![Uuid::from_u128(9)] },
            Act::Cancel { booking: booking(), revision: 3 },
        ] {
            let text = act_to_text(&act);
            assert_eq!(act_from_text(&text), Some(act), "{text}");
        }
        assert_eq!(act_from_text("{\"move\":1}"), None);
    }
}
