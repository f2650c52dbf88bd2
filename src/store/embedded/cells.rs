//! Arrow cells become JSON values.

use datafusion::arrow::{
    array::{Array, ArrayRef, AsArray as _, Int64Array},
    compute::cast,
    datatypes::{DataType, Float64Type, Int64Type, TimeUnit, UInt64Type},
    error::ArrowError,
    util::display::{ArrayFormatter, FormatOptions},
};
use jiff::Timestamp;
use serde_json::{Map, Value};

/// Turns a column of an answer into JSON values, one a row.
pub(super) fn values_of(array: &ArrayRef) -> Result<Vec<Value>, ArrowError> {
    let rows = 0..array.len();
    let unless_null = |value: &dyn Fn(usize) -> Value| {
        rows.clone().map(|row| null_or(array, row, value)).collect()
    };
    Ok(match array.data_type() {
        DataType::Null => vec![Value::Null; array.len()],
        DataType::Boolean => {
            let values = array.as_boolean();
            unless_null(&|row| values.value(row).into())
        }
        DataType::UInt64 => {
            let values = array.as_primitive::<UInt64Type>();
            unless_null(&|row| values.value(row).into())
        }
        kind if kind.is_integer() => {
            let values = cast(array, &DataType::Int64)?;
            let values = values.as_primitive::<Int64Type>();
            unless_null(&|row| values.value(row).into())
        }
        kind if kind.is_floating() => {
            let values = cast(array, &DataType::Float64)?;
            let values = values.as_primitive::<Float64Type>();
            // JSON has no NaN and no infinity: their names, as text.
            unless_null(&|row| {
                let value = values.value(row);
                serde_json::Number::from_f64(value)
                    .map_or_else(|| value.to_string().into(), Value::Number)
            })
        }
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => {
            let values = cast(array, &DataType::LargeUtf8)?;
            let values = values.as_string::<i64>();
            unless_null(&|row| values.value(row).into())
        }
        DataType::Timestamp(_, _) => {
            let millis = cast(array, &DataType::Timestamp(TimeUnit::Millisecond, None))?;
            let millis = cast(&millis, &DataType::Int64)?;
            let millis: &Int64Array = millis.as_primitive();
            unless_null(&|row| instant(millis.value(row)))
        }
        DataType::List(_) => {
            let values = array.as_list::<i32>();
            rows.map(|row| nested(array, row, || Ok(values_of(&values.value(row))?.into())))
                .collect::<Result<_, _>>()?
        }
        DataType::Map(_, _) => {
            let values = array.as_map();
            rows.map(|row| nested(array, row, || object_of_map(&values.value(row))))
                .collect::<Result<_, _>>()?
        }
        DataType::Struct(_) => objects_of_struct(array)?,
        _ => {
            let options = FormatOptions::default();
            let text = ArrayFormatter::try_new(array, &options)?;
            unless_null(&|row| text.value(row).to_string().into())
        }
    })
}

/// Writes an instant with milliseconds, always: fixed width sorts as text.
fn instant(millis: i64) -> Value {
    Timestamp::from_millisecond(millis).map_or(Value::Null, |time| format!("{time:.3}").into())
}

fn null_or(array: &ArrayRef, row: usize, value: &dyn Fn(usize) -> Value) -> Value {
    if array.is_null(row) {
        Value::Null
    } else {
        value(row)
    }
}

fn nested(
    array: &ArrayRef,
    row: usize,
    value: impl FnOnce() -> Result<Value, ArrowError>,
) -> Result<Value, ArrowError> {
    if array.is_null(row) {
        Ok(Value::Null)
    } else {
        value()
    }
}

/// A map's entries come as a struct of keys and values.
fn object_of_map(entries: &datafusion::arrow::array::StructArray) -> Result<Value, ArrowError> {
    let keys = values_of(entries.column(0))?;
    let values = values_of(entries.column(1))?;
    let name = |key: Value| match key {
        Value::String(text) => text,
        other => other.to_string(),
    };
    Ok(Value::Object(
        keys.into_iter().map(name).zip(values).collect(),
    ))
}

fn objects_of_struct(array: &ArrayRef) -> Result<Vec<Value>, ArrowError> {
    let values = array.as_struct();
    let mut objects = vec![Map::new(); array.len()];
    for (name, column) in values.column_names().into_iter().zip(values.columns()) {
        for (object, value) in objects.iter_mut().zip(values_of(column)?) {
            object.insert(name.to_owned(), value);
        }
    }
    Ok(objects
        .into_iter()
        .enumerate()
        .map(|(row, object)| {
            if array.is_null(row) {
                Value::Null
            } else {
                Value::Object(object)
            }
        })
        .collect())
}
