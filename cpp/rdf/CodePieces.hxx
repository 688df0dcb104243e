/// \file CodePieces.hxx
/// \brief Pieces of C++ and how they are put together. Internal to the ROOT library.
#ifndef GRADCUT_CPP_RDF_CODEPIECES_HXX
#define GRADCUT_CPP_RDF_CODEPIECES_HXX

#include <string>
#include <vector>

namespace GradCut {
namespace Internal {

/// What binds weaker comes first.
enum EPrecedence { kOr = 1, kAnd, kComparison, kSum, kProduct, kUnary, kPrimary };

/// Type of a piece's value: a column's (any number), a double, 0 or 1, a small integer.
enum class EValue { kColumn, kDouble, kTruth, kCount };

/// A piece of C++; the counterpart of `Code` in gradcut/expressions/cpp_functions.py.
struct Code {
   std::string fText;
   EPrecedence fPrecedence = kPrimary;
   EValue fValue = EValue::kDouble;
   bool fIsVector = false;
   bool fIsLiteral = false;
   bool fReadsColumns = false;

   /// The text, in parentheses where it binds weaker than asked.
   std::string AtLeast(EPrecedence precedence) const;
   bool MayBeNaN() const { return fValue == EValue::kColumn || fValue == EValue::kDouble; }
};

/// Convert a piece to double.
Code AsDouble(const Code &code);
/// A function other than min and max.
Code CallCode(const std::string &function, const std::vector<Code> &arguments);
/// The min or max of two: NaN if one is NaN, the first of equal ones.
Code ExtremeCode(const std::string &function, const Code &first, const Code &second);
/// One number per event from a vector; `any` and `all` of one number are that number.
Code ReduceCode(const std::string &reducer, const Code &argument);

} // namespace Internal
} // namespace GradCut

#endif
