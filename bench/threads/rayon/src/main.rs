//! rayon-bench [n [threads]]: a parallel sort of n numbers and a count of the primes below n, in pools of 1, 2 and 8
//! threads unless told. ns for each number, and checksums that must not depend on the threads.
use rayon::prelude::*;
use std::time::Instant;

fn prime(x: u32) -> bool {
    (2..).take_while(|d| d * d <= x).all(|d| x % d != 0)
}

fn measure(n: u32, threads: usize) {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("pool");
    let mut state = 1u64;
    let mut numbers: Vec<u64> = (0..n)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state
        })
        .collect();
    let from = Instant::now();
    pool.install(|| numbers.par_sort_unstable());
    println!("rayon_sort/{threads} {:.1} ns", from.elapsed().as_nanos() as f64 / n as f64);
    let from = Instant::now();
    let primes = pool.install(|| (2..n).into_par_iter().filter(|&x| prime(x)).count());
    println!("rayon_primes/{threads} {:.1} ns", from.elapsed().as_nanos() as f64 / n as f64);
    assert!(numbers.windows(2).all(|w| w[0] <= w[1]));
    println!("# rayon/{threads} median {:016x} primes {primes}", numbers[n as usize / 2]);
}

fn main() {
    let args: Vec<u32> = std::env::args().skip(1).filter_map(|a| a.parse().ok()).collect();
    let n = args.first().copied().unwrap_or(500_000);
    match args.get(1) {
        Some(&threads) => measure(n, threads as usize),
        None => [1, 2, 8].into_iter().for_each(|threads| measure(n, threads)),
    }
}
