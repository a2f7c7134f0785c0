//! How a request names a function: by name, partial or full ARN, with or without a qualifier.
//!
//! AWS behaviour this follows: Lambda API Reference, `FunctionName` of each operation.

use super::model::FunctionId;
use super::{Error, MappingId, Resource};
use kernel::{AccountId, Arn, Caller, Region, Service, Uuid};
use tidemill_kernel as kernel;

/// A function as a request names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) function: FunctionId,
    /// The caller wrote `$LATEST`, in the name or beside it.
    pub(super) is_qualified: bool,
}

/// Reads `resize`, `resize:$LATEST`, `123456789012:function:resize` or an ARN, and the qualifier
/// that may stand beside it.
pub(super) fn function(
    text: &str,
    qualifier: Option<&str>,
    caller: &Caller,
) -> Result<Named, Error> {
    let parts = split(text).ok_or_else(|| illegal(text))?;
    if parts.account.is_some_and(|account| account != caller.account) {
        return Err(Error::AccessDenied {
            principal: caller.principal.clone(),
            resource: text.to_owned(),
        });
    }
    if parts.region.as_ref().is_some_and(|region| *region != caller.region) {
        let region = parts.region.map(|region| region.to_string()).unwrap_or_default();
        return Err(Error::InvalidParameterValue(format!(
            "Functions from '{region}' are not reachable in this region ('{}')",
            caller.region
        )));
    }
    let written = match (parts.qualifier, qualifier) {
        (Some(inside), Some(beside)) if inside != beside => {
            return Err(Error::InvalidParameterValue(
                "The derived qualifier from the function name does not match the specified \
                 qualifier."
                    .to_owned(),
            ));
        }
        (Some(qualifier), _) | (None, Some(qualifier)) => Some(qualifier),
        (None, None) => None,
    };
    let function = FunctionId {
        account: caller.account,
        region: caller.region.clone(),
        name: parts.name.to_owned(),
    };
    match written {
        None => Ok(Named { function, is_qualified: false }),
        Some("$LATEST") => Ok(Named { function, is_qualified: true }),
        // Versions and aliases come with their own issue, so no such one exists.
        Some(other) => Err(Error::FunctionNotFound { arn: format!("{}:{other}", function.arn()) }),
    }
}

/// The same, where AWS takes no qualifier.
pub(super) fn unqualified(text: &str, caller: &Caller) -> Result<FunctionId, Error> {
    Ok(function(text, None, caller)?.function)
}

/// Reads the UUID of a mapping. One we cannot have drawn names nothing.
pub(super) fn mapping(text: &str, caller: &Caller) -> Result<MappingId, Error> {
    let uuid = Uuid::parse(text).ok_or(Error::ResourceNotFound)?;
    Ok(MappingId { account: caller.account, region: caller.region.clone(), uuid })
}

/// Reads the ARN of something that carries tags.
pub(super) fn resource(text: &str, caller: &Caller) -> Result<Resource, Error> {
    let arn = Arn::parse(text).filter(|arn| arn.service() == Some(Service::Lambda));
    let arn = arn.ok_or_else(|| {
        Error::InvalidParameterValue(format!("The resource {text} is not a Lambda ARN."))
    })?;
    match arn.resource().strip_prefix("event-source-mapping:") {
        Some(uuid) => mapping(uuid, caller).map(Resource::Mapping),
        None => unqualified(text, caller).map(Resource::Function),
    }
}

struct Parts<'t> {
    account: Option<AccountId>,
    region: Option<Region>,
    name: &'t str,
    qualifier: Option<&'t str>,
}

fn split(text: &str) -> Option<Parts<'_>> {
    let mut parts: Vec<&str> = text.split(':').collect();
    let is_arn = text.starts_with("arn:");
    if is_arn {
        let ["arn", partition, "lambda", ..] = parts.as_slice() else { return None };
        if !partition.starts_with("aws") {
            return None;
        }
        parts.drain(..3);
    }
    parts.reverse();
    let mut region = None;
    if parts.len() > 1 && parts.last().is_some_and(|part| is_arn || is_region(part)) {
        region = Some(Region::parse(parts.pop()?)?);
    }
    let mut account = None;
    if parts.len() > 1
        && let Some(number) = parts.last().copied().and_then(AccountId::parse)
    {
        account = Some(number);
        parts.pop();
    }
    if parts.len() > 1 && parts.last() == Some(&"function") {
        parts.pop();
    }
    let name = parts.pop()?;
    let qualifier = parts.pop();
    let name_is_legal = (1..=FunctionId::NAME_LENGTH_MAX).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    let is_legal = parts.is_empty() && name_is_legal && (!is_arn || account.is_some());
    is_legal.then_some(Parts { account, region, name, qualifier })
}

/// `us-east-1` and its like: a function's name cannot be told from another word, but no name of a
/// qualifier follows a region.
fn is_region(text: &str) -> bool {
    let words: Vec<&str> = text.split('-').collect();
    let [area, .., number] = words.as_slice() else { return false };
    let is_digit = |word: &str| word.len() == 1 && word.bytes().all(|byte| byte.is_ascii_digit());
    text.len() <= 16 && words.len() >= 3 && area.len() == 2 && is_digit(number)
}

fn illegal(text: &str) -> Error {
    Error::Validation(format!(
        "Value '{text}' at 'functionName' failed to satisfy constraint: Member must satisfy \
         regular expression pattern: (arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{{2}}(-gov)?-[a-z]+-\\d{{1}}:)?\
         (\\d{{12}}:)?(function:)?([a-zA-Z0-9-_]{{1,64}})(:(\\$LATEST|[a-zA-Z0-9-_]+))?"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    pub(super) fn caller() -> Caller {
        Caller {
            account: AccountId::parse("000000000000").unwrap(),
            region: Region::parse("us-east-1").unwrap(),
            principal: "arn:aws:iam::000000000000:root".to_owned(),
            access_key_id: "AKIA".to_owned(),
            base_url: "http://127.0.0.1:4566".to_owned(),
            request_id: Uuid([9; 16]),
        }
    }

    #[test]
    fn a_function_is_named_in_many_ways() {
        let long = "x".repeat(65);
        let mut table = String::new();
        for text in [
            "resize",
            "resize:$LATEST",
            "resize:live",
            "function:resize",
            "000000000000:function:resize",
            "000000000000:resize",
            "us-east-1:000000000000:function:resize",
            "arn:aws:lambda:us-east-1:000000000000:function:resize",
            "arn:aws:lambda:us-east-1:000000000000:function:resize:$LATEST",
            "arn:aws:lambda:us-west-2:000000000000:function:resize",
            "111111111111:function:resize",
            "function",
            "",
            "a b",
            "a:b:c",
            "arn:aws:sqs:us-east-1:000000000000:resize",
            "arn:aws:lambda:us-east-1:function:resize",
            &long,
        ] {
            use std::fmt::Write as _;
            let named = function(text, None, &caller());
            match named {
                Ok(named) => writeln!(
                    table,
                    "{text} -> {}{}",
                    named.function.name,
                    if named.is_qualified { " $LATEST" } else { "" }
                ),
                Err(error) => writeln!(table, "{text:.30} -> {:.60}", error.to_string()),
            }
            .unwrap();
        }
        expect![[r#"
            resize -> resize
            resize:$LATEST -> resize $LATEST
            resize:live -> Function not found: arn:aws:lambda:us-east-1:000000000000:fu
            function:resize -> resize
            000000000000:function:resize -> resize
            000000000000:resize -> resize
            us-east-1:000000000000:function:resize -> resize
            arn:aws:lambda:us-east-1:000000000000:function:resize -> resize
            arn:aws:lambda:us-east-1:000000000000:function:resize:$LATEST -> resize $LATEST
            arn:aws:lambda:us-west-2:00000 -> Functions from 'us-west-2' are not reachable in this region 
            111111111111:function:resize -> User: arn:aws:iam::000000000000:root is not authorized to pe
            function -> function
             -> 1 validation error detected: Value '' at 'functionName' fail
            a b -> 1 validation error detected: Value 'a b' at 'functionName' f
            a:b:c -> 1 validation error detected: Value 'a:b:c' at 'functionName'
            arn:aws:sqs:us-east-1:00000000 -> 1 validation error detected: Value 'arn:aws:sqs:us-east-1:00
            arn:aws:lambda:us-east-1:funct -> 1 validation error detected: Value 'arn:aws:lambda:us-east-1
            xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx -> 1 validation error detected: Value 'xxxxxxxxxxxxxxxxxxxxxxxx
        "#]].assert_eq(&table);
    }

    #[test]
    fn a_qualifier_beside_the_name_must_agree_with_it() {
        let both = function("resize:$LATEST", Some("$LATEST"), &caller()).unwrap();
        assert!(both.is_qualified);
        assert!(function("resize:$LATEST", Some("1"), &caller()).is_err());
        assert!(function("resize", Some("$LATEST"), &caller()).unwrap().is_qualified);
    }
}
