//! Answers what happened in AWS accounts from the files that AWS Config delivers to S3.
//!
//! The map, from the inside out; a module uses only those above it:
//!
//! | module | owns |
//! |---|---|
//! | [`domain`] | the vocabulary: items, months, periods, columns, filters; pure |
//! | [`aws`] | the one place that makes clients of AWS services, and words their errors |
//! | [`claude`] | the Messages API at Anthropic or on Amazon Bedrock, within the user's limits |
//! | [`glue`] | the Glue table over a bucket of deliveries: read, wanted, compared, written |
//! | [`source`] | where delivered files lie, and how their bytes become items |
//! | [`analysis`] | what counted items say: digest, coverage; pure |
//! | [`store`] | one trait, one engine a file: answers over the relation `configuration_items` |
//! | [`summary`] | a digest in words, in several languages |
//! | [`service`] | the use cases, their arguments, answers and errors; all that a front may call |
//! | [`mcp`] | the Model Context Protocol front |
//! | [`http`] | the HTTP front: the article's endpoint, streamable MCP, who may ask |
//! | `lambda` | the HTTP front as an AWS Lambda function (feature `lambda`) |
//! | [`schema`] | the JSON Schemas of what the fronts take and give |
//! | [`config`], [`telemetry`] | what the program was told; its log |
//! | [`cli`] | the command line front |

pub mod analysis;
pub mod aws;
pub mod claude;
pub mod cli;
pub mod config;
pub mod domain;
pub mod glue;
pub mod http;
#[cfg(feature = "lambda")]
pub mod lambda;
pub mod mcp;
pub mod schema;
pub mod service;
pub mod source;
pub mod store;
pub mod summary;
pub mod telemetry;
