//! What an answer that has arrived is worth.

use super::{
    ClaudeError, ClaudeErrorKind, Generated, Usage, answer::Answer, failure::Failure, models,
};

/// Returns the answer, or why it is none. Asking again would cost as much and end the same.
pub(super) fn generated(answer: &Answer, model: &str) -> Result<Generated, Failure> {
    match answer.stop_reason.as_deref().unwrap_or_default() {
        "refusal" => return Err(refused(answer)),
        "max_tokens" => {
            return Err(failed(
                ClaudeErrorKind::OutputLimit,
                "the model's answer was cut by its length limit",
            ));
        }
        "model_context_window_exceeded" => {
            return Err(failed(
                ClaudeErrorKind::TooLarge,
                "the prompt and its answer are larger than the model's context",
            ));
        }
        // Pauses are for tools of the provider, and no tools are offered: what is there is a part.
        reason @ ("tool_use" | "pause_turn") => {
            return Err(Failure::malformed(&format!("it stops for {reason}")));
        }
        // A reason that is new says nothing against the text, which the caller proves anyway.
        _ if answer.text.trim().is_empty() => {
            return Err(Failure::malformed("it has no text"));
        }
        _ => {}
    }
    let usage = Usage {
        input_tokens: answer.usage.input().unwrap_or_default(),
        output_tokens: answer.usage.output.unwrap_or_default(),
    };
    Ok(Generated {
        text: answer.text.clone(),
        model: answer.model.clone().unwrap_or_else(|| model.to_owned()),
        usage,
        cost_micros: models::cost_micros(model, usage.input_tokens, usage.output_tokens),
        request_id: None,
    })
}

fn refused(answer: &Answer) -> Failure {
    let details = answer.stop_details.as_ref();
    let message = match details.and_then(|details| details.category.as_deref()) {
        Some(category) => format!("the model refuses to answer (category {category})"),
        None => "the model refuses to answer".to_owned(),
    };
    failed(ClaudeErrorKind::Refused, &message)
}

fn failed(kind: ClaudeErrorKind, message: &str) -> Failure {
    Failure::for_good(ClaudeError::new(kind, message)).maybe_charged()
}
