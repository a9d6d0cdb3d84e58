service = ভূমি বিষয়ে আপিল
service-description = ভূমি অফিসের আদেশের বিরুদ্ধে, এবং পরবর্তী ধাপে আপিল আদেশের বিরুদ্ধে। নিচের স্তরে যিনি সিদ্ধান্ত দিয়েছেন তিনি শুনানি করেন না।

party-applicant = আপিলকারী
party-respondent = অপর পক্ষ
document-evidence = প্রমাণ

field-grounds = আপিলের কারণ
field-answer = জবাব

step-answer = অপর পক্ষের জবাব
step-hear = আপিলের সিদ্ধান্ত
    .set-aside = আদেশ বাতিল করুন
    .remit = নতুন সিদ্ধান্তের জন্য ফেরত পাঠান
    .dismiss = খারিজ করুন

end-set-aside = আদেশ বাতিল
end-remitted = নতুন সিদ্ধান্তের জন্য ফেরত
end-dismissed = খারিজ

reason-unfounded = আপিলটি ভিত্তিহীন।
reason-out-of-place = আপিলটি গৃহীত সিদ্ধান্ত সম্পর্কিত নয়।

remedy-appeal = পরবর্তী স্তরে আপিল

notice-decided-for-appellant = { $reference } নম্বর মামলায় ({ $service }) আপিলকৃত সিদ্ধান্ত বহাল থাকছে না: { $outcome }। এর বিরুদ্ধে আপনি কী করতে পারেন তা মামলায় উল্লেখ আছে।
    .subject = আপিলের সিদ্ধান্ত: { $reference }
notice-dismissed = { $reference } নম্বর মামলায় ({ $service }) আপিল খারিজ হয়েছে: সিদ্ধান্ত বহাল।
    .subject = আপিল খারিজ: { $reference }
