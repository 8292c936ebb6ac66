counts = Hash.new(0)
$stdin.read.split.each { |word| counts[word] += 1 }
counts.sort_by { |word, count| [-count, word] }.each { |word, count| puts "#{word} #{count}" }
