//! Submission ids and idempotency keys: the same submission gets the same booking.

use domain::{BookingId, WorkspaceId};
use jiff::Timestamp;
use uuid::Uuid;

use crate::error::StoreError;
use crate::lock::Lock;
use crate::params;
use crate::tx::Tx;

/// A key as it came with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission {
    /// What the key belongs to: an API key, a source, or the public.
    pub scope: String,
    /// The key itself, or a hash of the request where a form has none.
    pub key: String,
    /// A hash of the parsed request.
    pub fingerprint: Vec<u8>,
    /// When it is forgotten; with the booking if never.
    pub expires_at: Option<Timestamp>,
}

/// What is remembered of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remembered {
    /// Nothing.
    Unknown,
    /// The same request: its booking, or for a change the status it led to.
    Same(BookingId),
    /// Another request came with this key.
    Other,
}

/// Looks a key up, and keeps it until the transaction ends. A key that has expired is forgotten on
/// the way.
pub async fn look_up(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    submission: &Submission,
    now: Timestamp,
) -> Result<Remembered, StoreError> {
    let (scope, key) = (submission.scope.as_str(), submission.key.as_str());
    tx.lock(&[Lock::submission(workspace, scope, key)]).await?;
    let forget = "-- forget_expired_submission
        delete from submissions
         where workspace = $1 and scope = $2 and key = $3 and expires_at <= $4";
    if submission.expires_at.is_some() {
        tx.execute(forget, params![workspace.0, scope, key, now]).await?;
    }
    let sql = "-- look_up_submission
        select fingerprint, booking from submissions
         where workspace = $1 and scope = $2 and key = $3";
    let Some(mut row) = tx.find(sql, params![workspace.0, scope, key]).await? else {
        return Ok(Remembered::Unknown);
    };
    let fingerprint: Vec<u8> = row.take()?;
    let booking: Option<Uuid> = row.take()?;
    Ok(match booking {
        Some(booking) if fingerprint == submission.fingerprint => {
            Remembered::Same(BookingId::new(booking))
        }
        _ => Remembered::Other,
    })
}

/// Remembers a key. Fails on a key that is known: the caller has looked it up in this transaction.
pub async fn remember(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    submission: &Submission,
    booking: BookingId,
    outcome: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let sql = "-- remember_submission
        insert into submissions
            (workspace, scope, key, fingerprint, booking, outcome, created_at, expires_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8)";
    let params = params![
        workspace.0,
        submission.scope.as_str(),
        submission.key.as_str(),
        submission.fingerprint.as_slice(),
        booking.uuid(),
        outcome,
        now,
        submission.expires_at,
    ];
    tx.execute(sql, params).await?;
    Ok(())
}

/// What the key of a new booking led to.
pub const BOOKING: &str = "booking";
/// What the key of a change led to.
pub const CHANGE: &str = "change";

/// Forgets the key of a move that was refused while its caller waited. It was remembered at the
/// instant at which the move was asked for.
pub async fn release_change(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    booking: BookingId,
    asked_at: Timestamp,
) -> Result<(), StoreError> {
    let sql = "-- release_change_submission
        delete from submissions
         where workspace = $1 and booking = $2 and outcome = $3 and created_at = $4";
    tx.execute(sql, params![workspace.0, booking.uuid(), CHANGE, asked_at]).await?;
    Ok(())
}

/// Forgets the keys of a booking that was refused while its caller waited: the same key may be
/// tried again.
pub async fn release(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    booking: BookingId,
) -> Result<(), StoreError> {
    let sql = "-- release_submission
        delete from submissions where workspace = $1 and booking = $2 and outcome = $3";
    tx.execute(sql, params![workspace.0, booking.uuid(), BOOKING]).await?;
    Ok(())
}
