//! What the documents of a setup have in common.

use std::collections::BTreeMap;

use app::setup::{CalendarDoc, Documents, HostDoc, ServiceDoc, SourceDoc};
use serde::Serialize;
use serde::de::DeserializeOwned;
use utoipa::ToSchema;

/// A document of one kind.
pub(in crate::api) trait Document:
    Clone + Serialize + DeserializeOwned + ToSchema + Send + Sync + 'static
{
    /// Its slug.
    fn id(&self) -> &str;

    /// As it may leave the program: without secrets.
    fn shown(&self) -> Self {
        self.clone()
    }

    /// All of its kind.
    fn all(documents: &Documents) -> &BTreeMap<String, Self>;

    /// All of its kind, to be changed.
    fn all_mut(documents: &mut Documents) -> &mut BTreeMap<String, Self>;
}

macro_rules! documents {
    ($($doc:ty: $all:ident $(, $shown:item)?;)*) => {$(
        impl Document for $doc {
            fn id(&self) -> &str {
                &self.id
            }

            $($shown)?

            fn all(documents: &Documents) -> &BTreeMap<String, Self> {
                &documents.$all
            }

            fn all_mut(documents: &mut Documents) -> &mut BTreeMap<String, Self> {
                &mut documents.$all
            }
        }
    )*};
}

documents! {
    HostDoc: hosts;
    CalendarDoc: calendars;
    ServiceDoc: services;
    SourceDoc: sources, fn shown(&self) -> Self { self.masked() };
}
