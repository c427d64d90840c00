//! A column that holds a typed value as JSON text.

use sea_orm::sea_query::{ArrayType, ColumnType, Nullable, ValueType, ValueTypeErr};
use sea_orm::{ColIdx, DbErr, QueryResult, TryGetError, TryGetable, Value};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A value stored as JSON text. Text rather than a JSON column, since the value goes straight between its type
/// and the bytes, and Styr never looks inside it by SQL.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Doc<T>(pub(crate) T);

impl<T: Serialize> From<Doc<T>> for Value {
    fn from(doc: Doc<T>) -> Self {
        Value::String(Some(serde_json::to_string(&doc.0).expect("Styr's own types become JSON")))
    }
}

impl<T: DeserializeOwned> TryGetable for Doc<T> {
    fn try_get_by<I: ColIdx>(row: &QueryResult, index: I) -> Result<Self, TryGetError> {
        let text = String::try_get_by(row, index)?;
        serde_json::from_str(&text)
            .map(Doc)
            .map_err(|error| TryGetError::DbErr(DbErr::Type(format!("stored JSON: {error}"))))
    }
}

impl<T: DeserializeOwned> ValueType for Doc<T> {
    fn try_from(value: Value) -> Result<Self, ValueTypeErr> {
        match value {
            Value::String(Some(text)) => serde_json::from_str(&text).map(Doc).map_err(|_| ValueTypeErr),
            _ => Err(ValueTypeErr),
        }
    }

    fn type_name() -> String {
        "Doc".to_owned()
    }

    fn array_type() -> ArrayType {
        ArrayType::String
    }

    fn column_type() -> ColumnType {
        ColumnType::Text
    }
}

impl<T> Nullable for Doc<T> {
    fn null() -> Value {
        Value::String(None)
    }
}
