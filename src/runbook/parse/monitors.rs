//! What is shown with a tally of its own.

use super::{
    rates::{label_of, selection},
    value::Value,
};
use crate::runbook::Monitor;

pub(super) fn monitor(value: &Value<'_>) -> Option<Monitor> {
    value.table(|t| {
        let key = t.need("key", Value::slug);
        let title = t.need("title", Value::words);
        let events = t.required("events", selection);
        let by = label_of(&t, "by", events.as_ref());
        t.finish();
        Some(Monitor { key, title, events: events?, by })
    })
}
