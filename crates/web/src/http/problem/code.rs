//! The kinds of problem, each with its status and the words a person reads first.

use axum::http::StatusCode;

/// What kind of problem it is. Its name is stable; each has a page in `docs/problems`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Code {
    /// The booking, hold or request cannot be changed any more.
    AlreadyOver,
    /// A thing of that name is there already.
    AlreadyExists,
    /// The calendar shows the host busy at that time.
    CalendarBusy,
    /// The calendar cannot be read, and unknown is busy.
    CalendarUnavailable,
    /// A move of this booking is being written to the calendar.
    ChangeInProgress,
    /// The caller is known and may not do this.
    Forbidden,
    /// The idempotency key was used for a different request.
    IdempotencyMismatch,
    /// Something else still refers to the thing to be removed.
    InUse,
    /// Our fault.
    Internal,
    /// The input has faults, each listed with its pointer.
    InvalidRequest,
    /// The signature or secret of an inbound call does not verify.
    InvalidSignature,
    /// The path takes other methods.
    MethodNotAllowed,
    /// The booking has not begun, so nobody can have stayed away.
    NotBegunYet,
    /// The account has to be connected by its host first.
    NotConnected,
    /// Nothing is at this path.
    NotFound,
    /// A booking waits in line, and no seats are kept for it.
    NothingOffered,
    /// The body is larger than this call accepts.
    PayloadTooLarge,
    /// Someone else has the slot.
    SlotTaken,
    /// The rules do not offer this start.
    SlotUnavailable,
    /// The answer was not ready in time; what was asked may still happen.
    TimedOut,
    /// The client's address has used up its rate.
    TooManyRequests,
    /// No key, or a wrong one.
    Unauthorized,
    /// We cannot serve at the moment, for instance because the database is away.
    Unavailable,
    /// The body is of a type this call does not read.
    UnsupportedMediaType,
}

/// A kind that [`Code::ALL`] forgets would have no page.
const _: () = assert!(Code::ALL.len() == Code::UnsupportedMediaType as usize + 1);

struct Description {
    name: &'static str,
    status: StatusCode,
    title: &'static str,
    detail: &'static str,
}

impl Code {
    /// Every kind, in the order of the names.
    pub const ALL: [Self; 24] = [
        Self::AlreadyExists,
        Self::AlreadyOver,
        Self::CalendarBusy,
        Self::CalendarUnavailable,
        Self::ChangeInProgress,
        Self::Forbidden,
        Self::IdempotencyMismatch,
        Self::InUse,
        Self::Internal,
        Self::InvalidRequest,
        Self::InvalidSignature,
        Self::MethodNotAllowed,
        Self::NotBegunYet,
        Self::NotConnected,
        Self::NotFound,
        Self::NothingOffered,
        Self::PayloadTooLarge,
        Self::SlotTaken,
        Self::SlotUnavailable,
        Self::TimedOut,
        Self::TooManyRequests,
        Self::Unauthorized,
        Self::Unavailable,
        Self::UnsupportedMediaType,
    ];

    /// The stable name: the member `code`, and the end of `type`.
    pub fn as_str(self) -> &'static str {
        self.describe().name
    }

    /// The answer's status.
    pub fn status(self) -> StatusCode {
        self.describe().status
    }

    /// What to do next, in a sentence or two for people.
    pub fn title(self) -> &'static str {
        self.describe().title
    }

    /// What happened, for when the caller has nothing more exact to say.
    pub fn usual_detail(self) -> &'static str {
        self.describe().detail
    }

    /// The kind that an error status stands for where nobody made a [`super::Problem`]: the
    /// framework's own refusals. `None` for a status that we leave as it is.
    pub fn of_status(status: StatusCode) -> Option<Self> {
        match status {
            StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => {
                Some(Self::InvalidRequest)
            }
            StatusCode::UNAUTHORIZED => Some(Self::Unauthorized),
            StatusCode::FORBIDDEN => Some(Self::Forbidden),
            StatusCode::NOT_FOUND => Some(Self::NotFound),
            StatusCode::METHOD_NOT_ALLOWED => Some(Self::MethodNotAllowed),
            StatusCode::PAYLOAD_TOO_LARGE => Some(Self::PayloadTooLarge),
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Some(Self::UnsupportedMediaType),
            StatusCode::TOO_MANY_REQUESTS => Some(Self::TooManyRequests),
            StatusCode::SERVICE_UNAVAILABLE => Some(Self::Unavailable),
            other if other.is_server_error() => Some(Self::Internal),
            _ => None,
        }
    }

    fn describe(self) -> Description {
        let (name, status, title, detail) = match self {
            Self::AlreadyExists => (
                "already_exists",
                StatusCode::CONFLICT,
                "That name is in use. Choose another, or change the existing one.",
                "There is already one of this kind with this name.",
            ),
            Self::AlreadyOver => (
                "already_over",
                StatusCode::CONFLICT,
                "This booking is over and cannot be changed. Please book a new time.",
                "It was cancelled, declined, completed or failed before this request.",
            ),
            Self::CalendarBusy => (
                "calendar_busy",
                StatusCode::CONFLICT,
                "The host is no longer free then. Please choose another time.",
                "The host's calendar shows something else at that time.",
            ),
            Self::CalendarUnavailable => (
                "calendar_unavailable",
                StatusCode::SERVICE_UNAVAILABLE,
                "The calendar cannot be reached right now. Please try again in a moment.",
                "Without the calendar we cannot tell whether the time is free.",
            ),
            Self::ChangeInProgress => (
                "change_in_progress",
                StatusCode::CONFLICT,
                "This booking is being moved right now. Please try again in a few seconds.",
                "An earlier change is still being written to the calendar.",
            ),
            Self::Forbidden => (
                "forbidden",
                StatusCode::FORBIDDEN,
                "This is not allowed for you. Ask an admin for a key with the right scope.",
                "The request was understood, and its sender may not do this.",
            ),
            Self::IdempotencyMismatch => (
                "idempotency_mismatch",
                StatusCode::UNPROCESSABLE_ENTITY,
                "This key belongs to a different request. Use a new key for a new request.",
                "The idempotency key or submission id was used before, with other content.",
            ),
            Self::InUse => (
                "in_use",
                StatusCode::CONFLICT,
                "Something still uses this. Remove or change that first.",
                "Other things refer to it, so it cannot be removed.",
            ),
            Self::Internal => (
                "internal",
                StatusCode::INTERNAL_SERVER_ERROR,
                "Something went wrong on our side. Please try again, and report the request id if \
                 it stays.",
                "The request could not be finished. The log has the reason under the request id.",
            ),
            Self::InvalidRequest => (
                "invalid_request",
                StatusCode::BAD_REQUEST,
                "The request has faults. Mend what is listed and send it again.",
                "Nothing was stored or changed.",
            ),
            Self::InvalidSignature => (
                "invalid_signature",
                StatusCode::UNAUTHORIZED,
                "The signature does not match. Check the secret on both sides.",
                "The call is not signed with the secret configured for it.",
            ),
            Self::MethodNotAllowed => (
                "method_not_allowed",
                StatusCode::METHOD_NOT_ALLOWED,
                "This address takes other methods. Use one named in the Allow header.",
                "The path exists, and the method does not fit it.",
            ),
            Self::NotBegunYet => (
                "not_begun_yet",
                StatusCode::CONFLICT,
                "This booking has not begun yet. Please wait until its start.",
                "Nobody can have stayed away from what is still to come.",
            ),
            Self::NotConnected => (
                "not_connected",
                StatusCode::CONFLICT,
                "The account is not connected. Please have its host connect it first.",
                "Nobody has consented to this connection, or the consent has ended.",
            ),
            Self::NotFound => (
                "not_found",
                StatusCode::NOT_FOUND,
                "There is nothing here. Check the address.",
                "Nothing is found at this path, or it is not visible to this caller.",
            ),
            Self::NothingOffered => (
                "nothing_offered",
                StatusCode::CONFLICT,
                "No places are kept for this booking. Please wait until it is its turn.",
                "Only seats that are kept for whoever waits in line can be accepted.",
            ),
            Self::PayloadTooLarge => (
                "payload_too_large",
                StatusCode::PAYLOAD_TOO_LARGE,
                "The body is too large. Send less at once.",
                "The body is larger than this call accepts.",
            ),
            Self::SlotTaken => (
                "slot_taken",
                StatusCode::CONFLICT,
                "That time is no longer free. Please choose another.",
                "Someone else has booked or is holding it.",
            ),
            Self::SlotUnavailable => (
                "slot_unavailable",
                StatusCode::CONFLICT,
                "That time is not offered. Please choose one of the offered times.",
                "The service's rules do not offer this start.",
            ),
            Self::TimedOut => (
                "timed_out",
                StatusCode::SERVICE_UNAVAILABLE,
                "This took too long. Send it again with the same idempotency key.",
                "The answer was not ready in time; what was asked may still be done.",
            ),
            Self::TooManyRequests => (
                "too_many_requests",
                StatusCode::TOO_MANY_REQUESTS,
                "Too many requests. Please wait a moment and try again.",
                "This address has sent more requests than it may; Retry-After says how long to wait.",
            ),
            Self::Unauthorized => (
                "unauthorized",
                StatusCode::UNAUTHORIZED,
                "This needs a valid key. Send it as `Authorization: Bearer <key>`.",
                "The request has no key, or one that is unknown or revoked.",
            ),
            Self::Unavailable => (
                "unavailable",
                StatusCode::SERVICE_UNAVAILABLE,
                "We cannot serve this right now. Please try again in a moment.",
                "Something this request needs is away for the moment.",
            ),
            Self::UnsupportedMediaType => (
                "unsupported_media_type",
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "The body's type is not read here. Send `Content-Type: application/json`.",
                "The request's content type is missing or not one this call reads.",
            ),
        };
        Description { name, status, title, detail }
    }
}
