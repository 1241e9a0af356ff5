//! What is known of phone numbers: whether their owner wants texts, and whether texts arrive.

use domain::{Phone, WorkspaceId};
use jiff::Timestamp;
use uuid::Uuid;

use crate::error::StoreError;
use crate::params;
use crate::tx::{Tx, UnitOfWork};

/// Something that was learned of a number. What was learned last is true.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fact {
    /// Its owner wants no texts.
    Stopped,
    /// Its owner allows texts again.
    Allowed,
    /// It is a landline, or otherwise takes no texts.
    NotTextable,
    /// Nobody has it.
    BadNumber,
}

impl Fact {
    /// Its name in stored rows.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stopped => "stopped",
            Self::Allowed => "allowed",
            Self::NotTextable => "not_textable",
            Self::BadNumber => "bad_number",
        }
    }

    fn named(name: &str) -> Option<Self> {
        let all = [Self::Stopped, Self::Allowed, Self::NotTextable, Self::BadNumber];
        all.into_iter().find(|fact| fact.as_str() == name)
    }
}

/// A fact, to be noted.
#[derive(Debug, Clone)]
pub struct NewFact {
    /// Orders the facts of a number.
    pub id: Uuid,
    /// The number.
    pub phone: String,
    /// What was learned.
    pub fact: Fact,
    /// The word that somebody texted, or the provider's code.
    pub because: String,
}

/// Notes a fact, unless it is known already.
pub(crate) async fn learn(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    fact: &NewFact,
    now: Timestamp,
) -> Result<(), StoreError> {
    if find(tx, workspace, &fact.phone).await? == Some(fact.fact) {
        return Ok(());
    }
    let sql = "-- learn_of_number
        insert into number_facts (workspace, phone, id, fact, because, at)
        values ($1, $2, $3, $4, $5, $6)
        on conflict do nothing";
    let (phone, because) = (fact.phone.as_str(), fact.because.as_str());
    let params = params![workspace.0, phone, fact.id, fact.fact.as_str(), because, now];
    tx.execute(sql, params).await?;
    Ok(())
}

async fn find(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    phone: &str,
) -> Result<Option<Fact>, StoreError> {
    let sql = "-- find_number_fact
        select fact from number_facts
         where workspace = $1 and phone = $2 order by id desc limit 1";
    let row = tx.find(sql, params![workspace.0, phone]).await?;
    row.map(|mut row| row.take_as("a fact", |name: String| Fact::named(&name))).transpose()
}

/// What is known of a number; `None` when nothing speaks against texting it.
pub struct FindNumber {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// The number.
    pub phone: Phone,
}

impl UnitOfWork for FindNumber {
    const NAME: &'static str = "number.find";
    type Outcome = Option<Fact>;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let known = find(tx, self.workspace, self.phone.as_str()).await?;
        Ok(known.filter(|fact| *fact != Fact::Allowed))
    }
}

/// Notes a fact by itself.
pub struct LearnOfNumber {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// What was learned.
    pub fact: NewFact,
    /// Now.
    pub now: Timestamp,
}

impl UnitOfWork for LearnOfNumber {
    const NAME: &'static str = "number.learn";
    type Outcome = ();

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        learn(tx, self.workspace, &self.fact, self.now).await
    }
}
