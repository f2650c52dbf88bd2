//! Answers what happened in AWS accounts from the files that AWS Config delivers to S3.
