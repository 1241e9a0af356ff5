//! Values as PostgreSQL has them: `bigint`, `text`, `bytea`.

use std::error::Error;

use bytes::BytesMut;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

use crate::error::StoreError;
use crate::value::{Row, Value};

/// A parameter for a type that cannot hold it: our bug.
#[derive(Debug, thiserror::Error)]
#[error("a parameter of type {0} was given something else")]
struct WrongType(String);

impl ToSql for Value {
    fn to_sql(
        &self,
        wanted: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Integer(number) if *wanted == Type::INT8 => number.to_sql(wanted, out),
            Self::Text(text) if *wanted == Type::TEXT => storable(text).to_sql(wanted, out),
            Self::Bytes(bytes) if *wanted == Type::BYTEA => bytes.to_sql(wanted, out),
            Self::Integer(_) | Self::Text(_) | Self::Bytes(_) => {
                Err(Box::new(WrongType(wanted.name().to_owned())))
            }
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// PostgreSQL's text cannot hold the character NUL, which a provider's answer may contain.
pub(crate) fn storable(text: &str) -> std::borrow::Cow<'_, str> {
    if text.contains('\0') { text.replace('\0', "\u{fffd}").into() } else { text.into() }
}

/// The type to be announced for an unnamed statement; the server works out that of nothing.
pub(super) fn type_of(value: &Value) -> Type {
    match value {
        Value::Null => Type::UNKNOWN,
        Value::Integer(_) => Type::INT8,
        Value::Text(_) => Type::TEXT,
        Value::Bytes(_) => Type::BYTEA,
    }
}

pub(super) fn read_row(row: &tokio_postgres::Row) -> Result<Row, StoreError> {
    Ok(Row::new(read_columns(row)?))
}

pub(crate) fn read_columns(row: &tokio_postgres::Row) -> Result<Vec<Value>, StoreError> {
    (0..row.len()).map(|index| read_column(row, index)).collect()
}

fn read_column(row: &tokio_postgres::Row, index: usize) -> Result<Value, StoreError> {
    let column = match *row.columns()[index].type_() {
        Type::INT8 => row.try_get::<_, Option<i64>>(index).map(Value::from),
        // What a literal is.
        Type::INT4 => {
            row.try_get::<_, Option<i32>>(index).map(|number| number.map(i64::from).into())
        }
        Type::TEXT => row.try_get::<_, Option<String>>(index).map(Value::from),
        Type::BYTEA => row.try_get::<_, Option<Vec<u8>>>(index).map(Value::from),
        _ => return Err(StoreError::Unreadable("a column of a type that we do not use")),
    };
    column.map_err(|error| StoreError::Unavailable(error.to_string()))
}
