//! perl(1), for the one program that every course on Jobs runs: π, as `-Mbignum=bpi -wle 'print bpi(2000)'` computes it.
//!
//! Other programs are answered by a sentence: no Perl is interpreted here.

use super::prelude::*;

/// The most digits that are computed.
const MOST: usize = 5_000;
/// How long a thousand digits take, and how the time grows with their square (as measured in the image on a laptop).
const THOUSAND: Duration = Duration::from_millis(1_500);

/// π with so many significant digits, the last rounded, as `Math::BigFloat->bpi` does.
///
/// The digits come one after another (the spigot of Rabinowitz and Wagon), from an array of `10 * n / 3` numbers.
fn pi(digits: usize) -> String {
    let wanted = digits + 3;
    let mut array = vec![2u32; wanted * 10 / 3 + 2];
    let (mut out, mut nines, mut before): (Vec<u8>, usize, Option<u32>) = (Vec::new(), 0, None);
    while out.len() < wanted {
        // No value comes near the end of its type: the greatest is ten times twice the array's length.
        let mut carry = 0;
        for at in (0..array.len()).rev() {
            let value = array[at] * 10 + carry * (at as u32 + 1);
            let divisor = if at == 0 { 10 } else { 2 * at as u32 + 1 };
            (array[at], carry) = (value % divisor, value / divisor);
        }
        match carry {
            9 => nines += 1,
            10 => {
                out.extend(before.map(|digit| digit as u8 + 1));
                out.extend(std::iter::repeat_n(0, nines));
                (before, nines) = (Some(0), 0);
            }
            digit => {
                out.extend(before.map(|digit| digit as u8));
                out.extend(std::iter::repeat_n(9, nines));
                (before, nines) = (Some(digit), 0);
            }
        }
    }
    let round_up = out[digits] >= 5;
    out.truncate(digits);
    for digit in out.iter_mut().rev() {
        if !round_up || *digit < 9 {
            *digit += u8::from(round_up);
            break;
        }
        *digit = 0;
    }
    let text: String = out.iter().map(|digit| char::from(b'0' + digit)).collect();
    if digits == 1 { text } else { format!("{}.{}", &text[..1], &text[1..]) }
}

/// The number of digits, if that is what is asked for.
fn digits(args: &[String]) -> Option<usize> {
    let program = args.last()?.trim().trim_end_matches(';');
    args.iter().find(|arg| arg.starts_with("-Mbignum=bpi"))?;
    program.strip_prefix("print bpi(")?.strip_suffix(')')?.trim().parse().ok()
}

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    let args = p.args().get(1..).unwrap_or_default().to_vec();
    if args.iter().any(|arg| arg == "-v" || arg == "--version") {
        p.out("\nThis is perl 5, version 34, subversion 0 (v5.34.0) built for x86_64-linux-gnu\n\n").await;
        return Ok(());
    }
    match digits(&args) {
        Some(digits @ 1..=MOST) => {
            p.work((digits * digits) as u64 * 10).await;
            p.sleep(THOUSAND.mul_f64((digits as f64 / 1000.0).powi(2))).await;
            let newline = if args.iter().any(|arg| arg.starts_with('-') && arg.contains('l')) { "\n" } else { "" };
            p.out(&format!("{}{newline}", pi(digits))).await;
            Ok(())
        }
        Some(_) => {
            p.hint_not_simulated("perl");
            fail(&p, &format!("not simulated: bpi from 1 to {MOST} digits is")).await
        }
        None => {
            let why = "no Perl is interpreted here; -Mbignum=bpi -wle 'print bpi(2000)' is answered";
            p.hint_not_simulated("perl");
            fail(&p, &format!("not simulated: {why}")).await
        }
    }
}

#[cfg(test)]
mod tests {
    use super::pi;

    #[test]
    fn digits_are_those_of_pi() {
        assert_eq!(pi(1), "3");
        assert_eq!(pi(5), "3.1416");
        assert_eq!(pi(50), "3.1415926535897932384626433832795028841971693993751");
        // Six nines stand at the 762nd decimal.
        assert!(pi(800).contains("34999999837297"));
        assert_eq!(pi(2000).len(), 2001);
        // From the tables: the decimals 1991 to 1998, and the 1999th, rounded.
        assert!(pi(2000).ends_with("780275901"));
    }
}
