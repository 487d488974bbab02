//! What is known of the things that go wrong: guardrail signatures, failure messages, codes.

use super::{signals::declared_signal, value::Value};
use crate::runbook::{Code, FailureMessage, Guardrails, Signature};

pub(super) fn guardrails(value: &Value<'_>) -> Option<Guardrails> {
    value.table(|t| {
        t.refuse_repeats("signature", &["signature"]);
        let signal = t.required("signal", declared_signal);
        let by = signal.as_ref().and_then(|key| value.doc.signals.get(key));
        let listed = t.list("signature", |value| {
            value.table(|t| {
                let signature = Signature {
                    signature: t.need("signature", |v| signature(v, by)),
                    raised_when: t.need("raised_when", Value::words),
                    triage: t.need("triage", Value::words),
                };
                t.finish();
                Some(signature)
            })
        });
        let triage = t.list("triage", Value::words);
        t.finish();
        Some(Guardrails { signal: signal?, listed, triage })
    })
}

/// One part for each label of the signal: a signature of another shape could never be seen.
fn signature(value: &Value<'_>, by: Option<&Vec<String>>) -> Option<String> {
    let text = value.name()?;
    match by {
        Some(by) if !by.is_empty() && (text.split(':').count() != by.len() || text.split(':').any(str::is_empty)) => {
            value.refuse(format!("expected a signature of the form {}", by.join(":")))
        }
        _ => Some(text),
    }
}

pub(super) fn failure_message(value: &Value<'_>) -> Option<FailureMessage> {
    value.table(|t| {
        let message = FailureMessage {
            text: t.need("text", Value::name),
            variants: t.list("variants", Value::name),
            meaning: t.need("meaning", Value::words),
        };
        t.finish();
        Some(message)
    })
}

pub(super) fn code(value: &Value<'_>) -> Option<Code> {
    value.table(|t| {
        let code = Code {
            signal: t.need("signal", declared_signal),
            code: t.need("code", Value::name),
            class: t.need("class", Value::slug),
            meaning: t.need("meaning", Value::words),
            triage: t.need("triage", Value::words),
        };
        t.finish();
        Some(code)
    })
}
