//! What differs between models: data, see `models.toml`.

use std::sync::LazyLock;

use serde::Deserialize;

/// The list, parsed once.
static MODELS: LazyLock<List> =
    LazyLock::new(|| toml::from_str(include_str!("models.toml")).unwrap_or_default());

/// The vendor's name before a model's on Bedrock.
const VENDOR: &str = "anthropic.";

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    /// Day of the prices.
    #[expect(dead_code, reason = "said for readers of the file")]
    as_of: String,
    /// Where they are from.
    #[expect(dead_code, reason = "said for readers of the file")]
    source: String,
    models: Vec<Model>,
}

/// A model that is known.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Model {
    id: String,
    /// What a request says of thinking, where it says anything.
    pub(super) thinking: Option<String>,
    /// How much work goes into an answer, where a request says it.
    pub(super) effort: Option<String>,
    prices: Vec<Price>,
}

/// Cents of a US dollar for a million tokens.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Price {
    /// Longest prompt, in tokens, that it holds for.
    prompt_up_to: Option<u64>,
    input: u64,
    output: u64,
}

/// Returns the model of an id, as Anthropic or Bedrock writes it, with a date or without.
pub(super) fn find(id: &str) -> Option<&'static Model> {
    let name = id.rsplit_once(VENDOR).map_or(id, |(_, name)| name);
    MODELS.models.iter().find(|model| {
        name.strip_prefix(model.id.as_str())
            .is_some_and(is_only_a_version)
    })
}

/// Says whether what follows a model's id is a date or a version of it (`-20261007`, `-v1:0`), or
/// nothing; another model's id may begin the same.
fn is_only_a_version(rest: &str) -> bool {
    let Some(version) = rest.strip_prefix('-') else {
        return rest.is_empty() || rest.starts_with(['@', ':']);
    };
    let digits = version.chars().take_while(char::is_ascii_digit).count();
    digits == 8 || version.starts_with('v')
}

/// Returns the price of a call in micro-dollars; `None` where the model's price is not known.
pub(super) fn cost_micros(id: &str, input: u64, output: u64) -> Option<u64> {
    find(id)?.cost_micros(input, output)
}

/// Returns what a call costs at most, in micro-dollars: an unknown model may be the dearest.
pub(super) fn cost_micros_at_most(id: &str, input: u64, output: u64) -> u64 {
    cost_micros(id, input, output).unwrap_or_else(|| {
        let known = MODELS.models.iter();
        known
            .filter_map(|model| model.cost_micros(input, output))
            .max()
            .unwrap_or_default()
    })
}

impl Model {
    fn cost_micros(&self, input: u64, output: u64) -> Option<u64> {
        let price = self
            .prices
            .iter()
            .find(|price| price.prompt_up_to.is_none_or(|most| input <= most))?;
        // A cent for a million tokens is a hundredth of a micro-dollar for one.
        let hundredths = input
            .saturating_mul(price.input)
            .saturating_add(output.saturating_mul(price.output));
        Some(hundredths.div_ceil(100))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_well_formed() {
        let list: List = toml::from_str(include_str!("models.toml")).unwrap();
        assert!(!list.models.is_empty());
        for model in &list.models {
            let for_all = model.prices.last().unwrap();
            assert_eq!(for_all.prompt_up_to, None, "{}: no price for all", model.id);
        }
    }

    #[test]
    fn a_long_prompt_costs_more() {
        let cost = |input, output| cost_micros("claude-haiku-5-5", input, output);
        // US$ 0.10 and 0.50 a million, from 100,001 tokens US$ 0.50 and 2.50.
        assert_eq!(cost(100_000, 1_000), Some(10_000 + 500));
        assert_eq!(cost(100_001, 1_000), Some(50_001 + 2_500));
        assert_eq!(cost(1, 0), Some(1), "rounded up");
    }

    #[test]
    fn an_unknown_model_may_be_the_dearest() {
        assert_eq!(cost_micros("claude-new-9", 1_000_000, 0), None);
        // Fable: US$ 8 a million in, US$ 40 out.
        assert_eq!(
            cost_micros_at_most("claude-new-9", 1_000_000, 100_000),
            12_000_000
        );
        assert_eq!(
            cost_micros_at_most("claude-sonnet-5-5", 1_000_000, 0),
            2_000_000
        );
    }

    #[test]
    fn a_model_is_found_under_its_names_and_no_other() {
        for id in [
            "claude-haiku-5-5",
            "anthropic.claude-haiku-5-5",
            "jp.anthropic.claude-haiku-5-5-20261007-v1:0",
            "claude-haiku-5-5@20261007",
        ] {
            assert!(
                find(id).is_some_and(|model| model.id == "claude-haiku-5-5"),
                "{id}"
            );
        }
        for id in [
            "claude-haiku-5",
            "claude-haiku-5-50",
            "claude-haiku-5-5-large",
            "",
        ] {
            assert!(find(id).is_none(), "{id}");
        }
    }
}
