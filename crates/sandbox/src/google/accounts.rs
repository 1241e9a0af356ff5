//! Accounts, what they granted to the client, and the tokens made of it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::State;
use super::calendar::Calendar;
use super::errors::FlatError;
use crate::chance::Ids;

/// How long an access token lives; what Google answers most often.
pub(crate) const TOKEN_SECONDS: i64 = 3_599;

/// How long a code may be exchanged. Google does not say; ten minutes is what RFC 6749 advises.
const CODE_LIFE: SignedDuration = SignedDuration::from_mins(10);

/// Beyond this many live refresh tokens of one account and client the oldest dies silently.
const MOST_GRANTS: usize = 100;

/// How many access tokens are kept; expired ones go first.
const MOST_TOKENS: usize = 10_000;

/// A person with a primary calendar.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Account {
    pub(crate) email: String,
    pub(crate) zone: String,
}

/// A refresh token and what it stands for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Grant {
    pub(crate) email: String,
    pub(crate) scopes: BTreeSet<String>,
    pub(crate) order: u64,
    pub(crate) revoked: bool,
}

/// An access token. One without a grant came from an `online` consent.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct AccessToken {
    pub(crate) email: String,
    pub(crate) scopes: BTreeSet<String>,
    pub(crate) expires_at: Timestamp,
    pub(crate) refresh_token: Option<String>,
}

/// An authorisation code, waiting to be exchanged once.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Code {
    pub(crate) email: String,
    pub(crate) scopes: BTreeSet<String>,
    pub(crate) redirect_uri: String,
    /// The challenge of PKCE and whether it is hashed.
    pub(crate) challenge: Option<(String, bool)>,
    pub(crate) offline: bool,
    pub(crate) consent_asked: bool,
    pub(crate) issued_at: Timestamp,
}

/// Fresh tokens for one account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Tokens {
    /// What calls are made with, for 3599 seconds by the sandbox's clock.
    pub access_token: String,
    /// What new access tokens are made of; missing where Google would send none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
    /// What both may be used for, separated by spaces.
    pub scope: String,
}

/// Scopes as OAuth writes them: separated by spaces.
pub(crate) fn joined(scopes: &BTreeSet<String>) -> String {
    scopes.iter().map(String::as_str).collect::<Vec<_>>().join(" ")
}

impl State {
    /// Adds the account with its primary calendar, unless it exists.
    pub(crate) fn ensure_account(&mut self, email: &str, zone: &str) {
        if self.accounts.contains_key(email) {
            return;
        }
        let account = Account { email: email.to_owned(), zone: zone.to_owned() };
        self.accounts.insert(email.to_owned(), account);
        let primary = Calendar::new(email, email, email, zone);
        self.calendars.insert(email.to_owned(), primary);
    }

    /// Keeps a consent until its code is exchanged.
    pub(crate) fn issue_code(&mut self, code: Code, ids: &mut Ids) -> String {
        self.codes.retain(|_, old| code.issued_at.duration_since(old.issued_at) < CODE_LIFE);
        let name = format!("4/0A{}", ids.hex());
        self.codes.insert(name.clone(), code);
        name
    }

    /// Takes a code out of the list: it is good once, whatever comes of this exchange.
    pub(crate) fn redeem_code(&mut self, name: &str, now: Timestamp) -> Result<Code, FlatError> {
        let code = self.codes.remove(name).ok_or(FlatError::BAD_CODE)?;
        let fresh = now.duration_since(code.issued_at) < CODE_LIFE;
        if fresh { Ok(code) } else { Err(FlatError::BAD_CODE) }
    }

    /// Tokens for a consent. A refresh token comes with the first offline consent of an account,
    /// and whenever the consent page was asked for.
    pub(crate) fn consented(&mut self, code: &Code, now: Timestamp, ids: &mut Ids) -> Tokens {
        let known = self.grants.values().any(|grant| grant.email == code.email && !grant.revoked);
        if code.offline && (code.consent_asked || !known) {
            self.grant(&code.email, code.scopes.clone(), now, ids)
        } else {
            self.access(&code.email, code.scopes.clone(), None, now, ids)
        }
    }

    /// A new refresh token and its first access token.
    pub(crate) fn grant(
        &mut self,
        email: &str,
        scopes: BTreeSet<String>,
        now: Timestamp,
        ids: &mut Ids,
    ) -> Tokens {
        self.bury_oldest_grant(email);
        let refresh_token = format!("1//0{}", ids.hex());
        let order = self.grants.values().map(|grant| grant.order + 1).max().unwrap_or(0);
        let grant =
            Grant { email: email.to_owned(), scopes: scopes.clone(), order, revoked: false };
        self.grants.insert(refresh_token.clone(), grant);
        self.access(email, scopes, Some(refresh_token), now, ids)
    }

    fn bury_oldest_grant(&mut self, email: &str) {
        let live = self.grants.values_mut().filter(|grant| grant.email == email && !grant.revoked);
        let mut live: Vec<&mut Grant> = live.collect();
        if live.len() >= MOST_GRANTS
            && let Some(oldest) = live.iter_mut().min_by_key(|grant| grant.order)
        {
            oldest.revoked = true;
        }
    }

    pub(super) fn access(
        &mut self,
        email: &str,
        scopes: BTreeSet<String>,
        refresh_token: Option<String>,
        now: Timestamp,
        ids: &mut Ids,
    ) -> Tokens {
        if self.access_tokens.len() >= MOST_TOKENS {
            self.access_tokens.retain(|_, token| token.expires_at > now);
        }
        let access_token = format!("ya29.a0{}", ids.hex());
        let scope = joined(&scopes);
        let expires_at = now + SignedDuration::from_secs(TOKEN_SECONDS);
        let token = AccessToken {
            email: email.to_owned(),
            scopes,
            expires_at,
            refresh_token: refresh_token.clone(),
        };
        self.access_tokens.insert(access_token.clone(), token);
        Tokens { access_token, refresh_token, scope }
    }

    /// A new access token. The refresh token is not repeated in the answer.
    pub(crate) fn refresh(
        &mut self,
        refresh_token: &str,
        now: Timestamp,
        ids: &mut Ids,
    ) -> Result<Tokens, FlatError> {
        let grant = self.grants.get(refresh_token).filter(|grant| !grant.revoked);
        let grant = grant.ok_or(FlatError::EXPIRED_OR_REVOKED)?;
        let (email, scopes) = (grant.email.clone(), grant.scopes.clone());
        let tokens = self.access(&email, scopes, Some(refresh_token.to_owned()), now, ids);
        Ok(Tokens { refresh_token: None, ..tokens })
    }

    /// Ends a grant by either of its tokens, and every access token made of it.
    pub(crate) fn revoke(&mut self, token: &str) -> Result<(), FlatError> {
        let access = self.access_tokens.remove(token);
        let refresh_token = match &access {
            Some(access) => access.refresh_token.as_deref(),
            None => Some(token),
        };
        let Some(refresh_token) = refresh_token else { return Ok(()) };
        let grant = self.grants.get_mut(refresh_token).filter(|grant| !grant.revoked);
        match grant {
            Some(grant) => grant.revoked = true,
            None if access.is_some() => {}
            None => return Err(FlatError::INVALID_TOKEN),
        }
        let made_of_it = Some(refresh_token.to_owned());
        self.access_tokens.retain(|_, token| token.refresh_token != made_of_it);
        Ok(())
    }

    /// Ends everything an account ever granted, as the user does on their account page.
    pub(crate) fn revoke_account(&mut self, email: &str) {
        self.grants.values_mut().filter(|grant| grant.email == email).for_each(|grant| {
            grant.revoked = true;
        });
        self.access_tokens.retain(|_, token| token.email != email);
    }

    /// What a bearer token stands for, unless it is unknown or expired.
    pub(crate) fn find_token(&self, token: &str, now: Timestamp) -> Option<&AccessToken> {
        self.access_tokens.get(token).filter(|token| token.expires_at > now)
    }

    /// Every calendar `email` can see, their own first.
    pub(crate) fn calendars_of(&self, email: &str) -> BTreeMap<&str, &Calendar> {
        let visible = self.calendars.values().filter(|calendar| calendar.role_of(email).is_some());
        visible.map(|calendar| (calendar.id.as_str(), calendar)).collect()
    }
}
