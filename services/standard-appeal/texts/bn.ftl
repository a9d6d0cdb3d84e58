service = আপিল
service-description = কোনো অফিসের সিদ্ধান্তের বিরুদ্ধে, এবং পরবর্তী ধাপে আপিলের সিদ্ধান্তের বিরুদ্ধে। নিচের স্তরে যিনি সিদ্ধান্ত দিয়েছেন তিনি শুনানি করেন না।

party-applicant = আপিলকারী
party-respondent = অপর পক্ষ
document-evidence = প্রমাণ

field-grounds = আপিলের কারণ
field-asks-for = প্রার্থিত প্রতিকার
field-answer = জবাব

step-sides = অপর পক্ষ আছে কি না দেখা
step-answer = অপর পক্ষের জবাব
step-hear = আপিলের সিদ্ধান্ত
    .ask-papers = ঘাটতি কাগজপত্র চেয়ে পাঠান
    .overturn = সিদ্ধান্ত বাতিল করুন
    .remit = নতুন সিদ্ধান্তের জন্য ফেরত পাঠান
    .dismiss = খারিজ করুন
    .not-admit = অগ্রহণযোগ্য ঘোষণা করুন
step-missing-papers = ঘাটতি কাগজপত্র দাখিল

end-overturned = সিদ্ধান্ত বাতিল
end-remitted = নতুন সিদ্ধান্তের জন্য ফেরত
end-dismissed = খারিজ
end-inadmissible = অগ্রহণযোগ্য

reason-papers-missing = আপিলের সমর্থনে প্রয়োজনীয় কাগজ দাখিল করা হয়নি।
reason-unfounded = আপিলটি ভিত্তিহীন।
reason-not-shown = আপিলে যা দাবি করা হয়েছে তা প্রমাণিত হয়নি।
reason-too-late = আপিলটি নির্ধারিত সময়ের পরে করা হয়েছে।
reason-no-standing = সিদ্ধান্তটির কারণে আপিলকারীর কোনো ক্ষতি হয়নি।
reason-out-of-place = আপিলটি গৃহীত সিদ্ধান্ত সম্পর্কিত নয়।

remedy-appeal = পরবর্তী স্তরে আপিল

notice-papers-asked = { $reference } নম্বর মামলায় ({ $service }) আপিলের সমর্থনে প্রয়োজনীয় কাগজপত্রের ঘাটতি আছে। কোন কাগজ লাগবে তা মামলায় উল্লেখ আছে। কাগজ দাখিল না করলে যা আছে তার ভিত্তিতেই সিদ্ধান্ত হবে।
    .subject = কাগজপত্রের ঘাটতি: { $reference }
    .sms = { $reference }: কাগজপত্রের ঘাটতি আছে। কোন কাগজ লাগবে তা মামলায় উল্লেখ আছে।
notice-decided-for-appellant = { $reference } নম্বর মামলায় ({ $service }) আপিলকৃত সিদ্ধান্ত বহাল থাকছে না: { $end }। এর বিরুদ্ধে আপনি কী করতে পারেন তা মামলায় উল্লেখ আছে।
    .subject = আপিলের সিদ্ধান্ত: { $reference }
notice-decision-stands = { $reference } নম্বর মামলায় ({ $service }) আপিল সফল হয়নি: { $end }। আপিলকৃত সিদ্ধান্ত বহাল আছে।
    .subject = আপিলের সিদ্ধান্ত: { $reference }
