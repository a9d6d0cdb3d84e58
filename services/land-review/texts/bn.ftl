service = ভূমি আদেশের পুনর্বিবেচনা
service-description = যে ভূমি অফিস আদেশ দিয়েছে সেই অফিসই আবার বিবেচনা করে: অন্য একজন কর্মকর্তা উভয় পক্ষকে শোনেন।

party-applicant = পুনর্বিবেচনার আবেদনকারী
party-respondent = অপর পক্ষ
document-evidence = প্রমাণ

field-grounds = পুনর্বিবেচনার কারণ
field-answer = জবাব

step-answer = অপর পক্ষের জবাব
step-decide = পুনর্বিবেচনার সিদ্ধান্ত
    .vary = আদেশ পরিবর্তন করুন
    .uphold = আদেশ বহাল রাখুন

end-varied = আদেশ পরিবর্তিত
end-upheld = আদেশ বহাল

reason-unfounded = কারণগুলো যথেষ্ট নয়।
reason-nothing-new = নতুন কিছু উপস্থাপিত হয়নি।

notice-decided-for-appellant = { $reference } নম্বর মামলায় ({ $service }) পুনর্বিবেচনায় আদেশ পরিবর্তিত হয়েছে: { $outcome }।
    .subject = পুনর্বিবেচনার সিদ্ধান্ত: { $reference }
notice-dismissed = { $reference } নম্বর মামলায় ({ $service }) পুনর্বিবেচনায় আদেশ বহাল রাখা হয়েছে।
    .subject = পুনর্বিবেচনার সিদ্ধান্ত: { $reference }
