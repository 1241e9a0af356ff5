//! Names, addresses and numbers of people, parsed once at the edge.

use std::fmt;

use crate::service::Channel;
use email_address::{EmailAddress, Options};
use jiff::tz::TimeZone;
use rlibphonenumber::{NumberLengthType, PHONE_NUMBER_UTIL, PhoneNumberFormat, Region};

/// Why something about a person cannot be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PersonError {
    /// Nothing is left after trimming.
    #[error("must not be empty")]
    Empty,
    /// More characters than allowed.
    #[error("must have at most {0} characters")]
    TooLong(usize),
    /// Control characters could break a message apart or hide text.
    #[error("must not contain control characters")]
    ControlCharacters,
    /// Not an address that mail can be sent to.
    #[error("is not an e-mail address")]
    NotAnEmail,
    /// Not a number that can be dialled.
    #[error("is not a phone number; write it with the country code, like +12135550100")]
    NotAPhone,
}

impl PersonError {
    /// A stable word for programs.
    pub fn code(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::TooLong(_) => "too_long",
            Self::ControlCharacters => "control_characters",
            Self::NotAnEmail => "invalid_email",
            Self::NotAPhone => "invalid_phone",
        }
    }
}

/// Text from outside, trimmed, within a limit and without control characters. `multiline` keeps
/// line breaks and tabs.
pub fn text(input: &str, most: usize, multiline: bool) -> Result<String, PersonError> {
    let trimmed = input.trim();
    let hidden = |c: char| c.is_control() && !(multiline && matches!(c, '\n' | '\r' | '\t'));
    if trimmed.is_empty() {
        Err(PersonError::Empty)
    } else if trimmed.chars().count() > most {
        Err(PersonError::TooLong(most))
    } else if trimmed.chars().any(hidden) {
        Err(PersonError::ControlCharacters)
    } else {
        Ok(trimmed.to_owned())
    }
}

/// A person's name: 1 to 200 characters, no control characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name(String);

impl Name {
    /// The most characters a name may have.
    pub const MOST: usize = 200;

    /// Reads a name.
    pub fn parse(input: &str) -> Result<Self, PersonError> {
        text(input, Self::MOST, false).map(Self)
    }

    /// The name's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A mail address, at most 254 characters, with its domain in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Email(String);

impl Email {
    /// Reads an address without display name, comment or address literal.
    pub fn parse(input: &str) -> Result<Self, PersonError> {
        let trimmed = text(input, 254, false)?;
        let options =
            Options::default().without_display_text().without_domain_literal().with_required_tld();
        let address = EmailAddress::parse_with_options(&trimmed, options)
            .map_err(|_refused| PersonError::NotAnEmail)?;
        if !address.local_part().is_ascii() || address.local_part().starts_with('"') {
            return Err(PersonError::NotAnEmail);
        }
        Ok(Self(format!("{}@{}", address.local_part(), address.domain().to_lowercase())))
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A phone number in E.164.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phone(String);

impl Phone {
    /// Reads a number; one without country code is read as dialled in `region`.
    pub fn parse(input: &str, region: Option<Country>) -> Result<Self, PersonError> {
        let trimmed = text(input, 64, false)?;
        let number = PHONE_NUMBER_UTIL
            .parse(&trimmed, region.map(|country| country.0))
            .map_err(|_refused| PersonError::NotAPhone)?;
        // A number that can only be dialled within its own area is none for us.
        let whole = PHONE_NUMBER_UTIL.is_possible_number_with_reason(&number);
        let dialled_from_afar = matches!(whole, Ok(NumberLengthType::IsPossible));
        if !dialled_from_afar || number.extension.is_some() {
            return Err(PersonError::NotAPhone);
        }
        Ok(Self(PHONE_NUMBER_UTIL.format(&number, PhoneNumberFormat::E164).into_owned()))
    }

    /// A number that was parsed before and comes back from the database.
    pub fn stored(e164: String) -> Self {
        Self(e164)
    }

    /// The number in E.164.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The country in whose numbering plan the number stands.
    pub fn country(&self) -> Option<Country> {
        let number = PHONE_NUMBER_UTIL.parse(&self.0, None).ok()?;
        PHONE_NUMBER_UTIL
            .get_region_for_number(&number)
            .or_else(|| PHONE_NUMBER_UTIL.get_region_for_country_code(number.country_code))
            .map(Country)
    }
}

impl fmt::Display for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A country by its ISO 3166 code, such as `US`: the default for numbers without country code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Country(Region);

impl Country {
    /// The country of that code; `None` when no numbering plan is known for it.
    pub fn parse(code: &str) -> Option<Self> {
        let region = code.parse().ok()?;
        PHONE_NUMBER_UTIL.get_country_code_for_region(region).map(|_calling_code| Self(region))
    }
}

/// Who comes: the lead (who booked) or a guest.
#[derive(Debug, Clone)]
pub struct Attendee {
    /// The lead always has one.
    pub name: Option<Name>,
    /// Where mail goes.
    pub email: Option<Email>,
    /// Where texts go.
    pub phone: Option<Phone>,
    /// The zone in which times are told; the booking's if none.
    pub timezone: Option<TimeZone>,
    /// A BCP 47 language tag such as `en` or `es-MX`.
    pub locale: Option<String>,
}

impl Attendee {
    /// Whether they gave what it takes to tell them this way.
    pub fn is_reachable_by(&self, channel: Channel) -> bool {
        match channel {
            Channel::Sms | Channel::Voice => self.phone.is_some(),
            Channel::Email => self.email.is_some(),
        }
    }

    /// The name, or else the address or number.
    pub fn label(&self) -> &str {
        let name = self.name.as_ref().map(Name::as_str);
        let email = self.email.as_ref().map(Email::as_str);
        name.or(email).or(self.phone.as_ref().map(Phone::as_str)).unwrap_or("guest")
    }
}

#[cfg(test)]
mod tests;
