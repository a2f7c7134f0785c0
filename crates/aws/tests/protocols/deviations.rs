//! Cases that we do not follow as they stand, each with its reason.

const NO_DOCUMENTS: &str =
    "No served shape has a document, so no codec reads one; the generator refuses them.";
const NO_JSON_HEADERS: &str = "No served shape has JSON in a header; the generator refuses it.";
const NO_FREE_HEADERS: &str =
    "No served output has headers of free names, so a response's header names are static.";
const NO_COMPRESSION: &str =
    "The case leaves out the compressed body; no served operation takes compressed requests.";
const ERROR_MEMBERS: &str = "Our errors carry a code and a message, and no members of their own.";
const TOLERANCE: &str =
    "What a client must tolerate (nulls, unknown members, offsets), not what a server writes.";
const LEFT_OUT: &str =
    "The client leaves out what is empty, so the server cannot tell it from absent.";
const EMPTY_PAYLOAD: &str =
    "The client writes an absent payload as an empty object, and so it is read.";
const FILLED_IN: &str =
    "The client fills in the token; the server reads what was sent, not what was meant.";
const WHOLE_QUERY: &str = "A server's map of query parameters holds all of them, named ones too.";
const HTTP: &str = "The length of a body is the HTTP server's to say.";
const OWN_REQUEST_ID: &str = "The request id is ours.";
const ONE_STATUS: &str =
    "The case has a status for query alone; SQS, the one such service, has one for both protocols.";

/// The deviations of one file of cases: the case, and why.
pub(crate) fn of(file: &str) -> &'static [(&'static str, &'static str)] {
    match file {
        "query.json" => QUERY,
        "json_1_0.json" => JSON_1_0,
        "json_1_0-query-compatible.json" => JSON_1_0_QUERY_COMPATIBLE,
        "json.json" => JSON_1_1,
        "rest-json.json" => REST_JSON,
        _ => &[],
    }
}

const QUERY: &[(&str, &str)] = &[
    ("SDKAppendsGzipAndIgnoresHttpProvidedEncoding_awsQuery", NO_COMPRESSION),
    ("SDKAppliedContentEncoding_awsQuery", NO_COMPRESSION),
    ("QueryComplexError", ERROR_MEMBERS),
    ("AwsQueryDateTimeWithNegativeOffset", TOLERANCE),
    ("AwsQueryDateTimeWithPositiveOffset", TOLERANCE),
    ("QueryEmptyQueryMaps", LEFT_OUT),
    ("QueryProtocolIdempotencyTokenAutoFill", FILLED_IN),
];

const JSON_1_0: &[(&str, &str)] = &[
    ("SDKAppendsGzipAndIgnoresHttpProvidedEncoding_awsJson1_0", NO_COMPRESSION),
    ("SDKAppliedContentEncoding_awsJson1_0", NO_COMPRESSION),
    ("AwsJson10ComplexError", ERROR_MEMBERS),
    ("AwsJson10DeserializeAllowNulls", TOLERANCE),
    ("AwsJson10DeserializeIgnoreType", TOLERANCE),
    ("AwsJson10HandlesUnexpectedJsonOutput", TOLERANCE),
];

const JSON_1_0_QUERY_COMPATIBLE: &[(&str, &str)] =
    &[("QueryCompatibleAwsJson10CustomCodeError", ONE_STATUS)];

const JSON_1_1: &[(&str, &str)] = &[
    ("PutAndGetInlineDocumentsInput", NO_DOCUMENTS),
    ("SDKAppendsGzipAndIgnoresHttpProvidedEncoding_awsJson1_1", NO_COMPRESSION),
    ("SDKAppliedContentEncoding_awsJson1_1", NO_COMPRESSION),
    ("AwsJson11ComplexError", ERROR_MEMBERS),
    ("AwsJson11DateTimeWithNegativeOffset", TOLERANCE),
    ("AwsJson11DateTimeWithPositiveOffset", TOLERANCE),
    ("AwsJson11DeserializeIgnoreType", TOLERANCE),
    ("AwsJson11StructuresDontDeserializeNullValues", TOLERANCE),
    ("handles_unexpected_json_output", TOLERANCE),
    ("parses_the_request_id_from_the_response", OWN_REQUEST_ID),
];

const REST_JSON: &[(&str, &str)] = &[
    ("DocumentInputWithBoolean", NO_DOCUMENTS),
    ("DocumentInputWithList", NO_DOCUMENTS),
    ("DocumentInputWithNumber", NO_DOCUMENTS),
    ("DocumentInputWithString", NO_DOCUMENTS),
    ("DocumentOutput", NO_DOCUMENTS),
    ("DocumentOutputArray", NO_DOCUMENTS),
    ("DocumentOutputBoolean", NO_DOCUMENTS),
    ("DocumentOutputNumber", NO_DOCUMENTS),
    ("DocumentOutputString", NO_DOCUMENTS),
    ("DocumentTypeAsMapValueInput", NO_DOCUMENTS),
    ("DocumentTypeAsMapValueOutput", NO_DOCUMENTS),
    ("DocumentTypeAsPayloadInput", NO_DOCUMENTS),
    ("DocumentTypeAsPayloadInputString", NO_DOCUMENTS),
    ("DocumentTypeAsPayloadOutput", NO_DOCUMENTS),
    ("DocumentTypeAsPayloadOutputString", NO_DOCUMENTS),
    ("DocumentTypeInputWithObject", NO_DOCUMENTS),
    ("MediaTypeHeaderInputBase64", NO_JSON_HEADERS),
    ("MediaTypeHeaderOutputBase64", NO_JSON_HEADERS),
    ("HttpPrefixHeadersResponse", NO_FREE_HEADERS),
    ("RestJsonHttpPrefixHeadersArePresent", NO_FREE_HEADERS),
    ("SDKAppendedGzipAfterProvidedEncoding_restJson1", NO_COMPRESSION),
    ("SDKAppliedContentEncoding_restJson1", NO_COMPRESSION),
    ("RestJsonComplexErrorWithNoMessage", ERROR_MEMBERS),
    ("RestJsonDateTimeWithNegativeOffset", TOLERANCE),
    ("RestJsonDateTimeWithPositiveOffset", TOLERANCE),
    ("RestJsonDeserializeIgnoreType", TOLERANCE),
    ("RestJsonDeserializesDenseSetMapAndSkipsNull", TOLERANCE),
    ("RestJsonDoesntDeserializeNullStructureValues", TOLERANCE),
    ("RestJsonHttpPrefixHeadersAreNotPresent", LEFT_OUT),
    ("RestJsonNullAndEmptyHeaders", LEFT_OUT),
    ("RestJsonOmitsEmptyListQueryValues", LEFT_OUT),
    ("RestJsonHttpWithEmptyStructurePayload", EMPTY_PAYLOAD),
    ("RestJsonHttpWithHeadersButNoPayload", EMPTY_PAYLOAD),
    ("RestJsonQueryIdempotencyTokenAutoFill", FILLED_IN),
    ("RestJsonQueryParamsStringListMap", WHOLE_QUERY),
    ("RestJsonQueryPrecedence", WHOLE_QUERY),
    ("RestJsonHttpPayloadWithUnsetUnion", HTTP),
];
