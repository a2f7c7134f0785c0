//! Bytes of the log and of rows: minicbor, with the few encodings it lacks.

use minicbor::{Decode, Encode};

/// Encodes a value for the log or a row.
#[must_use]
pub fn to_bytes<T: Encode<()>>(value: &T) -> bytes::Bytes {
    let encoded = minicbor::to_vec(value).expect("writing to memory cannot fail");
    bytes::Bytes::from(encoded)
}

/// Decodes what [`to_bytes`] wrote and a checksum has already vouched for.
///
/// # Panics
/// When the bytes are not such a value: they were checked on the way in, so either a newer
/// release wrote them or memory is damaged, and neither may be guessed around.
#[must_use]
pub fn from_bytes<'b, T: Decode<'b, ()>>(bytes: &'b [u8]) -> T {
    match minicbor::decode(bytes) {
        Ok(value) => value,
        Err(error) => panic!(
            "a checked row or entry does not decode as {}: {error}; it may have been written by a \
             newer release",
            std::any::type_name::<T>()
        ),
    }
}

/// `Arc<str>` as a text string, for `#[cbor(with = "…")]`.
pub mod shared_str {
    use minicbor::decode::{Decoder, Error as DecodeError};
    use minicbor::encode::{Encoder, Error as EncodeError, Write};
    use std::sync::Arc;

    pub fn encode<C, W: Write>(
        value: &Arc<str>,
        encoder: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), EncodeError<W::Error>> {
        encoder.str(value)?.ok()
    }

    pub fn decode<C>(decoder: &mut Decoder<'_>, _: &mut C) -> Result<Arc<str>, DecodeError> {
        decoder.str().map(Arc::from)
    }
}

/// `bytes::Bytes` as a byte string, for `#[cbor(with = "…")]`.
pub mod byte_string {
    use bytes::Bytes;
    use minicbor::decode::{Decoder, Error as DecodeError};
    use minicbor::encode::{Encoder, Error as EncodeError, Write};

    pub fn encode<C, W: Write>(
        value: &Bytes,
        encoder: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), EncodeError<W::Error>> {
        encoder.bytes(value)?.ok()
    }

    pub fn decode<C>(decoder: &mut Decoder<'_>, _: &mut C) -> Result<Bytes, DecodeError> {
        decoder.bytes().map(Bytes::copy_from_slice)
    }
}
