//! Messages of protobuf as bytes: fields with numbers, whatever they mean.
//!
//! <https://protobuf.dev/programming-guides/encoding/>

/// A field's value as it travels.
#[derive(Clone, Copy)]
pub enum Wire<'a> {
    /// A number, a bool.
    Varint(u64),
    /// A double, or another number of a fixed size.
    Fixed(u64),
    /// A text, bytes, a message.
    Bytes(&'a [u8]),
}

/// The rest of a message.
pub struct Reader<'a>(pub &'a [u8]);

impl<'a> Reader<'a> {
    /// A number.
    pub fn varint(&mut self) -> Option<u64> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let (byte, rest) = self.0.split_first()?;
            self.0 = rest;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn field(&mut self) -> Option<(u64, Wire<'a>)> {
        let key = self.varint()?;
        let wire = match key & 7 {
            0 => Wire::Varint(self.varint()?),
            1 => Wire::Fixed(u64::from_le_bytes(self.take(8)?.try_into().ok()?)),
            2 => {
                let length = usize::try_from(self.varint()?).ok()?;
                Wire::Bytes(self.take(length)?)
            }
            5 => Wire::Fixed(u64::from(u32::from_le_bytes(self.take(4)?.try_into().ok()?))),
            _ => return None,
        };
        Some((key >> 3, wire))
    }
}

/// Bytes that are no message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Malformed;

/// The fields, each with its number. After one that is malformed there are no more.
impl<'a> Iterator for Reader<'a> {
    type Item = Result<(u64, Wire<'a>), Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let field = self.field().ok_or(Malformed);
        if field.is_err() {
            self.0 = &[];
        }
        Some(field)
    }
}

/// The first field of this number in a message.
///
/// # Errors
/// When what stands before it cannot be read.
pub fn first(bytes: &[u8], wanted: u64) -> Result<Option<Wire<'_>>, Malformed> {
    for field in Reader(bytes) {
        let (number, wire) = field?;
        if number == wanted {
            return Ok(Some(wire));
        }
    }
    Ok(None)
}

/// Bytes as text.
pub fn text(bytes: &[u8]) -> Option<String> {
    String::from_utf8(bytes.to_vec()).ok()
}

/// A message as it grows.
#[derive(Default)]
pub struct Writer(pub Vec<u8>);

impl Writer {
    fn raw(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push((number & 0x7f) as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }

    /// A field that is a number or a bool.
    pub fn varint(&mut self, number: u64, value: u64) {
        self.raw(number << 3);
        self.raw(value);
    }

    /// A field that is a double.
    pub fn double(&mut self, number: u64, value: f64) {
        self.raw(number << 3 | 1);
        self.0.extend(value.to_bits().to_le_bytes());
    }

    /// A field that is a text, bytes or a message.
    pub fn bytes(&mut self, number: u64, value: &[u8]) {
        self.raw(number << 3 | 2);
        self.raw(value.len() as u64);
        self.0.extend(value);
    }
}
